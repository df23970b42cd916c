// Holds every dashboard against dashboard.ts. An import of JSON would widen each literal to a string, so that each dashboard
// becomes the initializer of a typed constant. Then it does the same with dashboards that are wrong in one place each: the
// compiler has to complain about every one of them, or the types have stopped to hold anything.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards.js';

const folder = new URL('node_modules/.check/', import.meta.url);

const panels = dashboard => dashboard.panels.flatMap(panel => [panel, ...(panel.panels ?? [])]);
const first = (dashboard, type) => panels(dashboard).find(panel => panel.type === type);

const faults = {
  'a colour mode that does not exist': d => { first(d, 'stat').fieldConfig.defaults.color.mode = 'fixd'; },
  'a drawing style that does not exist': d => { first(d, 'timeseries').fieldConfig.defaults.custom.drawStyle = 'curve'; },
  'a kind of panel that does not exist': d => { first(d, 'timeseries').type = 'timeserie'; },
  'an option that its panel does not have': d => { first(d, 'stat').options.showLegend = true; },
  'a custom field that its panel does not have': d => { first(d, 'state-timeline').fieldConfig.defaults.custom.drawStyle = 'line'; },
  'an override of a field that does not exist': d => {
    const panel = panels(d).find(panel => panel.fieldConfig?.overrides.length > 0);
    panel.fieldConfig.overrides[0].properties[0].id = 'colour';
  },
  'a cell of a kind that does not exist': d => { first(d, 'table').fieldConfig.defaults.custom.cellOptions.type = 'colour'; },
  'a panel without a legend': d => { delete first(d, 'timeseries').options.legend; },
  'a panel without a unit': d => { delete first(d, 'timeseries').fieldConfig.defaults.unit; },
  'a panel without an empty state': d => { delete first(d, 'stat').fieldConfig.defaults.noValue; },
  'a panel without a description': d => { delete first(d, 'table').description; },
  'a query of another data source': d => { first(d, 'stat').targets[0].datasource.uid = 'prometheus'; },
  'a crosshair that does not exist': d => { d.graphTooltip = 3; },
  'a dashboard without a version': d => { delete d.schemaVersion; },
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const files = new Map();
const add = (title, json) => {
  const name = `${files.size}.ts`;
  files.set(name, title);
  const source = `import type { Dashboard } from '../../dashboard.ts';\nexport const dashboard: Dashboard = ${json};\n`;
  writeFileSync(new URL(name, folder), source);
};

for (const { name, text } of dashboards)
  add(name, text);
for (const [title, spoil] of Object.entries(faults)) {
  const wrong = structuredClone(dashboards.find(dashboard => dashboard.name === 'training.json').content);
  spoil(wrong);
  add(title, JSON.stringify(wrong, null, 1));
}

const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
const settings = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler',
  '--allowImportingTsExtensions', '--pretty', 'false'];
const run = spawnSync(process.execPath, [compiler, ...settings, ...files.keys()], { cwd: folder, encoding: 'utf8' });
rmSync(folder, { recursive: true, force: true });

const complaints = new Map([...files.keys()].map(name => [name, []]));
const others = [];
for (const line of run.stdout.split('\n').filter(line => /^\S/.test(line))) {
  const [name] = line.split('(', 1);
  (complaints.get(name) ?? others).push(complaints.has(name) ? line.slice(name.length) : line);
}

let failed = others.length > 0 || run.error !== undefined;
others.forEach(line => console.error(line));
[...files].forEach(([name, title], index) => {
  const isDashboard = index < dashboards.length;
  const found = complaints.get(name);
  if (isDashboard)
    found.forEach(line => console.error(`${title}${line}`));
  else if (found.length === 0)
    console.error(`Nothing complains about ${title}.`);
  failed ||= isDashboard ? found.length > 0 : found.length === 0;
});
if (failed)
  process.exit(1);
console.log(`${dashboards.length} dashboards have Grafana's types, and ${Object.keys(faults).length} faults are found.`);
