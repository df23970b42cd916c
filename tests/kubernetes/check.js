// Holds every rendered object against the schemas of its API, which find what is missing and what has a wrong type, and against its
// types, which find fields that do not exist, in resources of operators too. Then it spoils objects in one place each: the two have to
// complain about every one of them, or they have stopped to hold anything.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { objects } from './objects.js';

const operators = { 'cert-manager.io': '@kubernetes-models/cert-manager', 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };

/** The module with an API's models. */
const moduleOf = apiVersion => `${operators[apiVersion.split('/')[0]] ?? 'kubernetes-models'}/${apiVersion}`;

async function schemaProblem({ apiVersion, kind, ...rest }) {
  const models = await import(moduleOf(apiVersion));
  if (models[kind] === undefined)
    return `${apiVersion} has no ${kind}`;
  try {
    new models[kind]({ apiVersion, kind, ...rest }).validate();
  } catch (error) {
    return error.message;
  }
}

/** What the compiler says of each object, as the initializer of a constant of its type. */
function typeProblems(all) {
  const folder = new URL('node_modules/.check/', import.meta.url);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  all.forEach(({ apiVersion, kind, ...rest }, index) => {
    // An annotation or an entry of a ConfigMap may have any name and length; the compiler need not read them.
    const content = JSON.stringify({ apiVersion, kind, ...rest, ...('data' in rest ? { data: {} } : {}) }, null, 1);
    writeFileSync(new URL(`${index}.ts`, folder),
      `import type { I${kind} } from '${moduleOf(apiVersion)}';\nexport const object: I${kind} = ${content};\n`);
  });
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
  const settings = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler',
    '--pretty', 'false'];
  const run = spawnSync(process.execPath, [compiler, ...settings, ...[...all.keys()].map(index => `${index}.ts`)],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
  rmSync(folder, { recursive: true, force: true });
  if (run.error !== undefined)
    throw run.error;
  const found = all.map(() => []);
  for (const line of run.stdout.split('\n').filter(line => /^\S/.test(line))) {
    const [, index, what] = /^(\d+)\.ts\(.*?\): (.*)$/.exec(line) ?? [];
    if (index === undefined)
      throw new Error(line);
    found[index].push(what);
  }
  return found;
}

const faults = {
  'a StatefulSet without a selector': ['StatefulSet', 'silo', o => { delete o.spec.selector; }],
  'a number of replicas that is none': ['StatefulSet', 'silo', o => { o.spec.replicas = 'three'; }],
  'a container without a name': ['Deployment', 'coordinator', o => { delete o.spec.template.spec.containers[0].name; }],
  'a port without a number': ['Deployment', 'coordinator', o => { delete o.spec.template.spec.containers[0].ports[0].containerPort; }],
  'a field that a pod does not have': ['StatefulSet', 'silo', o => { o.spec.template.spec.terminationGracePeriod = 20; }],
  'a field that a Job does not have': ['CronJob', 'train', o => { o.spec.jobTemplate.spec.retries = 3; }],
  'a disruption budget with a list': ['PodDisruptionBudget', 'silo', o => { o.spec.maxUnavailable = [1]; }],
  'a network policy with a wrong port': ['NetworkPolicy', 'silo', o => { o.spec.ingress[0].ports[0].port = true; }],
  'an autoscaler without a target': ['HorizontalPodAutoscaler', 'silo', o => { delete o.spec.scaleTargetRef; }],
  'a field that a certificate does not have': ['Certificate', 'silo', o => { o.spec.dnsName = 'silo.mnist'; }],
  'a certificate without an issuer': ['Certificate', 'silo', o => { delete o.spec.issuerRef; }],
  'an issuer of a kind that does not exist': ['Issuer', 'ca', o => { o.spec = { authority: {} }; }],
  'a field that a PodMonitor does not have': ['PodMonitor', 'mnist-silo', o => { o.spec.podMetricsEndpoints[0].portName = 'http'; }],
  'a PodMonitor without a selector': ['PodMonitor', 'mnist-silo', o => { delete o.spec.selector; }],
  'an API without the kind': ['CronJob', 'train', o => { o.apiVersion = 'apps/v1'; }],
};

const sound = objects();
const spoilt = Object.entries(faults).map(([title, [kind, name, spoil]]) => {
  const content = structuredClone(sound.find(({ content }) => content.kind === kind && content.metadata.name === name).content);
  spoil(content);
  return { where: title, content };
});

const all = [...sound, ...spoilt];
const problems = typeProblems(all.map(({ content }) => content));
for (const [index, { content }] of all.entries())
  problems[index].push(...[await schemaProblem(content)].filter(problem => problem !== undefined));

let failed = false;
all.forEach(({ where }, index) => {
  const isSound = index < sound.length;
  if (isSound)
    problems[index].forEach(problem => console.error(`${where}: ${problem}`));
  else if (problems[index].length === 0)
    console.error(`Nothing complains about ${where}.`);
  failed ||= isSound ? problems[index].length > 0 : problems[index].length === 0;
});
if (failed)
  process.exit(1);
console.log(`${sound.length} objects hold what their APIs ask, and ${spoilt.length} faults are found.`);
