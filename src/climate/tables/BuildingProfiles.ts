/**
 * Occupancy, hours and end-use shares by building type.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Occupancy, hours and end-use shares by building type.
 *
 * @category tables
 */
export const buildingProfiles: ReferenceTable = {
  name: "building_profiles",
  key: ["building_type"],
  columns: {
    building_type: "TEXT NOT NULL",
    occupancy_density: "DOUBLE PRECISION",
    density_unit: "TEXT",
    operating_hours_per_day: "DOUBLE PRECISION NOT NULL",
    hvac_share: "DOUBLE PRECISION",
    lighting_share: "DOUBLE PRECISION",
    plug_share: "DOUBLE PRECISION",
    equipment_share: "DOUBLE PRECISION",
    it_share: "DOUBLE PRECISION",
    water_heating_share: "DOUBLE PRECISION",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `building_type,occupancy_density,density_unit,operating_hours_per_day,hvac_share,lighting_share,plug_share,equipment_share,it_share,water_heating_share,unit,region,source,source_year
commercial_office,200,ft2/person,10,0.45,0.25,0.2,,,,fraction of building energy,US,original project constants (secondary),2025
hospital,150,ft2/person,24,0.4,0.2,,0.35,,,fraction of building energy,US,original project constants (secondary),2025
data_center,,,24,,,,,0.6,,fraction of building energy,US,original project constants (secondary),2025
retail,100,ft2/person,12,0.4,0.35,0.15,,,,fraction of building energy,US,original project constants (secondary),2025
warehouse,1000,ft2/person,16,0.25,0.4,,0.25,,,fraction of building energy,US,original project constants (secondary),2025
hotel,,,24,0.45,0.2,,,,0.2,fraction of building energy,US,original project constants (secondary),2025
education,150,ft2/person,10,0.5,0.25,,,,,fraction of building energy,US,original project constants (secondary),2025
`
}
