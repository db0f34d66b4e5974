/**
 * Heat pump constants by parameter and key.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Heat pump constants by parameter and key.
 *
 * @category tables
 */
export const heatPumpConstants: ReferenceTable = {
  name: "heat_pump_constants",
  key: ["parameter", "key"],
  columns: {
    parameter: "TEXT NOT NULL",
    key: "TEXT NOT NULL",
    value: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `parameter,key,value,unit,region,source,source_year
carnot_fraction_by_compressor,scroll,0.475,fraction,US,original project constants (secondary),2025
carnot_fraction_by_compressor,screw,0.525,fraction,US,original project constants (secondary),2025
carnot_fraction_by_compressor,centrifugal,0.55,fraction,US,original project constants (secondary),2025
carnot_fraction_by_compressor,reciprocating,0.44,fraction,US,original project constants (secondary),2025
carnot_fraction_by_source,air_source,0.4,fraction,US,original project constants (secondary),2025
carnot_fraction_by_source,water_source,0.5,fraction,US,original project constants (secondary),2025
carnot_fraction_by_source,ground_source,0.55,fraction,US,original project constants (secondary),2025
carnot_fraction_by_source,waste_heat_recovery,0.52,fraction,US,original project constants (secondary),2025
compressor_multiplier,scroll,1.0,ratio,US,original project constants (secondary),2025
compressor_multiplier,screw,1.05,ratio,US,original project constants (secondary),2025
compressor_multiplier,centrifugal,1.1,ratio,US,original project constants (secondary),2025
compressor_multiplier,reciprocating,0.95,ratio,US,original project constants (secondary),2025
capex,air_source,2200,USD/ton refrigeration,US,original project constants (secondary),2025
capex,water_source,2500,USD/ton refrigeration,US,original project constants (secondary),2025
capex,ground_source,3200,USD/ton refrigeration,US,original project constants (secondary),2025
capex,waste_heat_recovery,2800,USD/ton refrigeration,US,original project constants (secondary),2025
capex,cascade_system,4500,USD/ton refrigeration,US,original project constants (secondary),2025
`
}
