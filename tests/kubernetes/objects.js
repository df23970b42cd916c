import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const root = new URL('../../', import.meta.url);
const kubectl = fileURLToPath(new URL('node_modules/.bin/kubectl', import.meta.url));

/** The overlays, and each with every component. */
export const folders = ['deploy/kubernetes/overlays/local', 'deploy/kubernetes/overlays/production', 'tests/kubernetes/local',
  'tests/kubernetes/production'];

function render(folder) {
  const { status, stdout, stderr, error } = spawnSync(kubectl, ['kustomize', folder], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0)
    throw new Error(`${folder} cannot be rendered: ${error?.message ?? stderr}`);
  return parseAllDocuments(stdout, { uniqueKeys: true }).map(document => {
    if (document.errors.length > 0)
      throw new Error(`${folder}: ${document.errors[0].message}`);
    const content = document.toJS();
    return { where: `${folder}: ${content.kind} ${content.metadata?.name}`, content };
  });
}

/** Every rendered object; one that several folders have, once. */
export function objects() {
  const all = new Map();
  for (const object of folders.flatMap(render))
    if (!all.has(JSON.stringify(object.content)))
      all.set(JSON.stringify(object.content), object);
  return [...all.values()];
}
