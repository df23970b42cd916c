import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../../deploy/grafana/dashboards/', import.meta.url);

/** Every dashboard: its file's name, its text and what the text says. */
export const dashboards = readdirSync(folder).filter(name => name.endsWith('.json')).sort().map(name => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return { name, text, content: JSON.parse(text) };
});
