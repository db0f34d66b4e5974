/**
 * Base efficiency and radiation loss by boiler type.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Base efficiency and radiation loss by boiler type.
 *
 * @category tables
 */
export const boilerBaseAndRadiationLoss: ReferenceTable = {
  name: "boiler_base_and_radiation_loss",
  key: ["boiler_type"],
  columns: {
    boiler_type: "TEXT NOT NULL",
    base_efficiency: "DOUBLE PRECISION NOT NULL",
    radiation_loss_percent: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `boiler_type,base_efficiency,radiation_loss_percent,unit,region,source,source_year
firetube,0.82,1.5,fraction / %,US,original project constants (secondary),2025
watertube,0.85,1.0,fraction / %,US,original project constants (secondary),2025
condensing,0.95,0.8,fraction / %,US,original project constants (secondary),2025
electric_resistance,0.99,0.1,fraction / %,US,original project constants (secondary),2025
electrode,0.998,0.05,fraction / %,US,original project constants (secondary),2025
`
}
