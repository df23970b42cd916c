// The shape of our dashboards: Grafana's own types, made strict where Grafana leaves them open (options and custom fields by
// kind of panel, overrides), and required where a panel of ours must say something (title, description, unit, empty state).
import type * as schema from '@grafana/schema';
import type * as stateTimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the values of an enum, not its members.
type Json<T> = T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends Array<infer Item> ? Array<Json<Item>>
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;

type With<T, Required extends keyof T> = Omit<T, Required> & { [K in Required]-?: NonNullable<T[K]> };

interface DataSource {
  type: 'prometheus';
  uid: '${datasource}';
}

// @grafana/schema has no type for a query of Prometheus; these are the fields of @grafana/prometheus that we use.
interface Query extends Omit<schema.DataQuery, 'datasource'> {
  datasource: DataSource;
  editorMode: 'code';
  expr: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  interval?: string;
  legendFormat?: string;
  range: boolean;
}

// Nor for transformations; these are of @grafana/data.
type Transformation =
  | { id: 'merge'; options: Record<string, never> }
  | { id: 'sortBy'; options: { fields: Record<string, never>; sort: Array<{ field: string; desc?: boolean }> } }
  | {
      id: 'organize';
      options: { excludeByName: Record<string, boolean>; indexByName: Record<string, number>; renameByName: Record<string, string> };
    }
  | {
      id: 'groupingToMatrix';
      options: { columnField: string; rowField: string; valueField: string; emptyValue: 'true' | 'false' | 'null' | 'empty' | 'zero' };
    };

type Fields = Omit<schema.FieldConfig, 'custom'>;

type Property<Custom> =
  | { [K in keyof Fields]-?: { id: K; value: NonNullable<Fields[K]> } }[keyof Fields]
  | { [K in keyof Custom & string]-?: { id: `custom.${K}`; value: NonNullable<Custom[K]> } }[keyof Custom & string];

interface FieldConfig<Custom> {
  defaults: With<Fields, 'unit' | 'noValue'> & { custom?: Custom };
  overrides: Array<{ matcher: { id: 'byName'; options: string }; properties: Array<Property<Custom>> }>;
}

type PanelOf<Type extends string, Options, Custom> =
  With<Omit<schema.Panel, 'type' | 'datasource' | 'targets' | 'transformations' | 'fieldConfig' | 'options'>,
    'id' | 'title' | 'description' | 'gridPos'>
  & {
    type: Type;
    datasource: DataSource;
    targets: Query[];
    transformations?: Transformation[];
    fieldConfig: FieldConfig<Custom>;
    options: Options;
  };

type Panel =
  | PanelOf<'stat', stat.Options, Record<never, never>>
  | PanelOf<'timeseries', timeSeries.Options, timeSeries.FieldConfig>
  | PanelOf<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>
  | PanelOf<'table', schema.TableOptions, schema.TableFieldOptions>;

type Row = With<Omit<schema.RowPanel, 'panels'>, 'title' | 'gridPos'> & { panels: Panel[] };

type Variable = With<Omit<schema.VariableModel, 'type' | 'query' | 'datasource'>, 'name' | 'label' | 'description'>
  & (
    | { type: 'datasource'; query: 'prometheus' }
    // 1 is the query type of label_values.
    | { type: 'query'; datasource: DataSource; query: { refId: string; qryType: 1; query: string } });

type Annotation = Omit<schema.AnnotationQuery, 'datasource' | 'target'>
  & { datasource: DataSource; target: Query; titleFormat: string; textFormat: string; tagKeys?: string };

export type Dashboard = Json<
  With<Omit<schema.Dashboard, 'panels' | 'annotations' | 'templating'>, 'uid' | 'title' | 'description' | 'time' | 'refresh' | 'tags'>
  & {
    schemaVersion: typeof schemaVersion;
    panels: Array<Panel | Row>;
    annotations: { list: Annotation[] };
    templating: { list: Variable[] };
  }>;

// Of Grafana 12 and 13; it is the last of this form of dashboards, and Grafana 11 reads it, too.
declare const schemaVersion: 42;
