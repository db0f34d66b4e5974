/**
 * Thermal storage technologies: density, efficiency and cost.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Thermal storage technologies: density, efficiency and cost.
 *
 * @category tables
 */
export const thermalStorageTechnologies: ReferenceTable = {
  name: "thermal_storage_technologies",
  key: ["technology"],
  columns: {
    technology: "TEXT NOT NULL",
    temp_min: "DOUBLE PRECISION NOT NULL",
    temp_max: "DOUBLE PRECISION NOT NULL",
    temp_unit: "TEXT NOT NULL",
    energy_density: "DOUBLE PRECISION NOT NULL",
    energy_density_unit: "TEXT NOT NULL",
    round_trip_efficiency: "DOUBLE PRECISION NOT NULL",
    capex_low: "DOUBLE PRECISION NOT NULL",
    capex_high: "DOUBLE PRECISION NOT NULL",
    capex_unit: "TEXT NOT NULL",
    opex_fraction_capex: "DOUBLE PRECISION NOT NULL",
    lifetime_years: "DOUBLE PRECISION NOT NULL",
    maturity: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `technology,temp_min,temp_max,temp_unit,energy_density,energy_density_unit,round_trip_efficiency,capex_low,capex_high,capex_unit,opex_fraction_capex,lifetime_years,maturity,region,source,source_year
hot_water_tank,30,95,degC,40,kWh/m3,0.92,15,30,USD/kWh thermal,0.015,25,mature,global,original project table citing IRENA/IEA (secondary),2025
pressurized_hot_water,100,180,degC,60,kWh/m3,0.88,30,50,USD/kWh thermal,0.02,20,proven,global,original project table citing IRENA/IEA (secondary),2025
molten_salt,250,565,degC,120,kWh/m3,0.95,30,60,USD/kWh thermal,0.025,30,proven,global,original project table citing IRENA/IEA (secondary),2025
phase_change_material,30,120,degC,120,kWh/m3,0.8,50,120,USD/kWh thermal,0.02,15,emerging,global,original project table citing IRENA/IEA (secondary),2025
concrete_thermal_mass,50,400,degC,25,kWh/m3,0.85,8,15,USD/kWh thermal,0.01,40,emerging,global,original project table citing IRENA/IEA (secondary),2025
steam_accumulator,100,200,degC,80,kWh/m3,0.9,30,50,USD/kWh thermal,0.02,25,mature,global,original project table citing IRENA/IEA (secondary),2025
thermochemical_storage,150,600,degC,200,kWh/m3,0.75,80,150,USD/kWh thermal,0.03,20,emerging,global,original project table citing IRENA/IEA (secondary),2025
`
}
