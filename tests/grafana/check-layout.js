// Checks what types cannot say: identities, the grid, the data source, and how rates are taken.
import { readFileSync } from 'node:fs';
import { dashboards } from './dashboards.js';

const complaints = [];
const complain = (where, what) => complaints.push(`${where}: ${what}`);

const columns = 24;
const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

function checkGrid(name, panels) {
  for (const [index, panel] of panels.entries()) {
    const { x, y, w, h } = panel.gridPos;
    if (![x, y, w, h].every(Number.isInteger) || x < 0 || y < 0 || w < 1 || h < 1 || x + w > columns)
      complain(name, `«${panel.title}» does not lie on the grid of ${columns} columns.`);
    for (const other of panels.slice(index + 1))
      if (overlap(panel.gridPos, other.gridPos))
        complain(name, `«${panel.title}» and «${other.title}» overlap.`);
  }
}

function checkUnique(name, what, values) {
  for (const value of new Set(values.filter((value, index) => values.indexOf(value) !== index)))
    complain(name, `${what} ${value} is there twice.`);
}

function checkQuery(where, expression) {
  for (const [, name, range] of expression.matchAll(/\b(rate|increase|changes)\((?:[^[\]]*)\[([^\]]*)\]/g))
    if (range !== '$__rate_interval')
      complain(where, `${name} is taken over ${range}; only $__rate_interval holds at every zoom.`);
}

function checkPanel(name, panel) {
  const where = `${name}, «${panel.title}»`;
  for (const [what, text] of Object.entries({ title: panel.title, description: panel.description, unit: panel.fieldConfig.defaults.unit,
    noValue: panel.fieldConfig.defaults.noValue }))
    if (!text?.trim())
      complain(where, `${what} is empty.`);
  if (!panel.description?.endsWith('.'))
    complain(where, 'the description is not made of sentences.');
  if (panel.targets.length === 0)
    complain(where, 'it has no query.');
  checkUnique(where, 'query', panel.targets.map(target => target.refId));
  for (const target of panel.targets) {
    if (target.instant === target.range)
      complain(where, `query ${target.refId} has to be either instant or a range.`);
    checkQuery(where, target.expr);
  }
}

/** Every `uid` of a data source, wherever it stands. */
function* dataSources(value) {
  if (value === null || typeof value !== 'object')
    return;
  for (const [key, part] of Object.entries(value)) {
    if (key === 'datasource')
      yield part.uid;
    yield* dataSources(part);
  }
}

for (const { name, content } of dashboards) {
  const rows = content.panels.filter(panel => panel.type === 'row');
  const panels = [...content.panels.filter(panel => panel.type !== 'row'), ...rows.flatMap(row => row.panels)];
  checkGrid(name, [...content.panels, ...rows.flatMap(row => row.panels)]);
  checkUnique(name, 'id', [...rows, ...panels].map(panel => panel.id));
  checkUnique(name, 'title', panels.map(panel => panel.title));
  panels.forEach(panel => checkPanel(name, panel));
  content.annotations.list.forEach(annotation => checkQuery(`${name}, annotation ${annotation.name}`, annotation.target.expr));
  for (const uid of dataSources(content))
    if (uid !== '${datasource}')
      complain(name, `the data source ${uid} is not that of the variable.`);
  for (const row of rows)
    if (!row.collapsed && row.panels.length > 0)
      complain(name, `the row «${row.title}» is open, so that its panels have to follow it.`);

  const provisioned = readFileSync(new URL('../../deploy/grafana/provisioning/datasources/prometheus.yaml', import.meta.url), 'utf8');
  const preset = content.templating.list.find(variable => variable.type === 'datasource').current.value;
  if (!provisioned.split('\n').some(line => line.trim() === `uid: ${preset}`))
    complain(name, `the provisioned data source is not ${preset}.`);
}

checkUnique('dashboards', 'uid', dashboards.map(dashboard => dashboard.content.uid));
complaints.forEach(complaint => console.error(complaint));
if (complaints.length > 0 || dashboards.length === 0)
  process.exit(1);
console.log(`${dashboards.length} dashboards are well laid out.`);
