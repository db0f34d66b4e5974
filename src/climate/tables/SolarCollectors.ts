/**
 * Solar thermal collectors: efficiency, temperature and cost.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Solar thermal collectors: efficiency, temperature and cost.
 *
 * @category tables
 */
export const solarCollectors: ReferenceTable = {
  name: "solar_collectors",
  key: ["collector"],
  columns: {
    collector: "TEXT NOT NULL",
    peak_efficiency: "DOUBLE PRECISION NOT NULL",
    temp_min: "DOUBLE PRECISION NOT NULL",
    temp_max: "DOUBLE PRECISION NOT NULL",
    temp_unit: "TEXT NOT NULL",
    cost_low: "DOUBLE PRECISION NOT NULL",
    cost_high: "DOUBLE PRECISION NOT NULL",
    cost_unit: "TEXT NOT NULL",
    concentration_ratio: "DOUBLE PRECISION NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `collector,peak_efficiency,temp_min,temp_max,temp_unit,cost_low,cost_high,cost_unit,concentration_ratio,region,source,source_year
flat_plate,0.7,30,80,degC,200,300,USD/m2,1.0,global,original project table (secondary),2025
evacuated_tube,0.7,40,150,degC,350,500,USD/m2,1.0,global,original project table (secondary),2025
parabolic_trough,0.75,100,400,degC,500,800,USD/m2,80.0,global,original project table (secondary),2025
`
}
