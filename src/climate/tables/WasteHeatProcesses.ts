/**
 * Waste heat by process: temperature, share and fouling.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Waste heat by process: temperature, share and fouling.
 *
 * @category tables
 */
export const wasteHeatProcesses: ReferenceTable = {
  name: "waste_heat_processes",
  key: ["process_type"],
  columns: {
    process_type: "TEXT NOT NULL",
    temperature: "DOUBLE PRECISION NOT NULL",
    temperature_unit: "TEXT NOT NULL",
    waste_heat_share: "DOUBLE PRECISION NOT NULL",
    waste_heat_share_unit: "TEXT NOT NULL",
    stream_type: "TEXT NOT NULL",
    fouling_risk: "TEXT NOT NULL",
    particulate: "DOUBLE PRECISION",
    particulate_unit: "TEXT NOT NULL",
    corrosion_risk: "TEXT NOT NULL",
    accessibility: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `process_type,temperature,temperature_unit,waste_heat_share,waste_heat_share_unit,stream_type,fouling_risk,particulate,particulate_unit,corrosion_risk,accessibility,region,source,source_year
baking_oven,450,degF,25,percent of fuel,combustion_flue_gas,moderate,0.01,grain/scf,low,good,US,original project table citing DOE industrial assessment data (secondary),2025
furnace_steel,850,degF,35,percent of fuel,combustion_flue_gas,high,0.1,grain/scf,high,moderate,US,original project table citing DOE industrial assessment data (secondary),2025
furnace_aluminum,950,degF,40,percent of fuel,combustion_flue_gas,very_high,0.15,grain/scf,high,moderate,US,original project table citing DOE industrial assessment data (secondary),2025
boiler_exhaust,350,degF,15,percent of fuel,combustion_flue_gas,moderate,0.02,grain/scf,moderate,good,US,original project table citing DOE industrial assessment data (secondary),2025
dryer_exhaust,250,degF,30,percent of fuel,process_exhaust_air,moderate,0.05,grain/scf,low,excellent,US,original project table citing DOE industrial assessment data (secondary),2025
hot_water_discharge,165,degF,40,percent of process,hot_liquid,low,,grain/scf,low,excellent,US,original project table citing DOE industrial assessment data (secondary),2025
cooling_tower,95,degF,60,percent of process,cooling_water,low,,grain/scf,low,excellent,US,original project table citing DOE industrial assessment data (secondary),2025
compressor_cooling,180,degF,90,percent of input,cooling_water,low,,grain/scf,low,good,US,original project table citing DOE industrial assessment data (secondary),2025
pasteurization,185,degF,35,percent of process,hot_liquid,low,,grain/scf,low,excellent,US,original project table citing DOE industrial assessment data (secondary),2025
kiln_cement,750,degF,40,percent of fuel,combustion_flue_gas,very_high,0.2,grain/scf,high,moderate,US,original project table citing DOE industrial assessment data (secondary),2025
`
}
