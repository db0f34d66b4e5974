/**
 * Energy use multipliers by ASHRAE 169 climate zone.
 * Original project constants.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Energy use multipliers by ASHRAE 169 climate zone.
 *
 * @category tables
 */
export const climateZoneModifiers: ReferenceTable = {
  name: "climate_zone_modifiers",
  key: ["climate_zone"],
  columns: {
    climate_zone: "TEXT NOT NULL",
    eui_modifier: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    description: "TEXT",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `climate_zone,eui_modifier,unit,description,region,source,source_year
1A,1.3,multiplier,very hot humid,US,original project constants; zone names per ASHRAE 169,2025
2A,1.2,multiplier,hot humid,US,original project constants; zone names per ASHRAE 169,2025
3A,1.1,multiplier,warm humid,US,original project constants; zone names per ASHRAE 169,2025
4A,1.0,multiplier,mixed humid,US,original project constants; zone names per ASHRAE 169,2025
5A,1.05,multiplier,cool humid,US,original project constants; zone names per ASHRAE 169,2025
6A,1.15,multiplier,cold humid,US,original project constants; zone names per ASHRAE 169,2025
7,1.25,multiplier,very cold,US,original project constants; zone names per ASHRAE 169,2025
8,1.35,multiplier,subarctic,US,original project constants; zone names per ASHRAE 169,2025
tropical,1.25,multiplier,,US,original project constants; zone names per ASHRAE 169,2025
dry,1.1,multiplier,,US,original project constants; zone names per ASHRAE 169,2025
temperate,1.0,multiplier,,US,original project constants; zone names per ASHRAE 169,2025
continental,1.15,multiplier,,US,original project constants; zone names per ASHRAE 169,2025
polar,1.4,multiplier,,US,original project constants; zone names per ASHRAE 169,2025
`
}
