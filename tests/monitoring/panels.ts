// What Grafana's own types say of a dashboard in JSON. test_files.py writes the dashboard below it and has it compiled.
import * as S from "@grafana/schema";
import * as Query from "@grafana/schema/dist/esm/raw/composable/prometheus/dataquery/x/PrometheusDataQuery_types.gen";
import * as Heatmap from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import * as Stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import * as StateTimeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import * as Table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import * as TimeSeries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// As JSON has it: an enumeration is one of its texts or a number.
type Plain<T> = T extends string ? `${T}` : T extends number ? number : T extends boolean ? boolean
  : T extends (infer One)[] ? Plain<One>[] : T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;

type Target = Plain<Query.PrometheusDataQuery>;
type Defaults<Custom> = Plain<Omit<S.FieldConfig, "custom" | "thresholds">> & { custom?: Plain<Partial<Custom>>; thresholds?: Thresholds };
// The lowest step has null for its value, which the types call a number.
type Thresholds = { mode: `${S.ThresholdsMode}`; steps: { color: string; value: number | null }[] };
type Panel<Type, Options, Custom> = Plain<Partial<Omit<S.Panel, "type" | "options" | "fieldConfig" | "targets">>> & {
  type: Type;
  options: Plain<Partial<Options>>;
  fieldConfig: { defaults: Defaults<Custom>; overrides: never[] };
  targets: Target[];
};
type AnyPanel =
  | Panel<"heatmap", Heatmap.Options, Heatmap.FieldConfig>
  | Panel<"stat", Stat.Options, never>
  | Panel<"state-timeline", StateTimeline.Options, StateTimeline.FieldConfig>
  | Panel<"table", Table.Options, S.TableFieldOptions>
  | Panel<"timeseries", TimeSeries.Options, S.GraphFieldConfig>;

// What is misspelt is found.
// @ts-expect-error
export const wrongOption: AnyPanel["options"] = { cellGaps: 1 };
// @ts-expect-error
export const wrongStyle: Defaults<S.GraphFieldConfig> = { custom: { drawStyle: "lines" } };
// @ts-expect-error
export const wrongFormat: Target = { refId: "A", expr: "up", format: "heat map" };

export const panels: AnyPanel[] =
