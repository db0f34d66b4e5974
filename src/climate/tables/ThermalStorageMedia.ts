/**
 * Thermal storage media: heat capacity, limits and cost.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Thermal storage media: heat capacity, limits and cost.
 *
 * @category tables
 */
export const thermalStorageMedia: ReferenceTable = {
  name: "thermal_storage_media",
  key: ["class", "medium"],
  columns: {
    class: "TEXT NOT NULL",
    medium: "TEXT NOT NULL",
    specific_heat: "DOUBLE PRECISION NOT NULL",
    specific_heat_unit: "TEXT NOT NULL",
    density: "DOUBLE PRECISION NOT NULL",
    density_unit: "TEXT NOT NULL",
    conductivity: "DOUBLE PRECISION NOT NULL",
    conductivity_unit: "TEXT NOT NULL",
    temp_min: "DOUBLE PRECISION NOT NULL",
    temp_max: "DOUBLE PRECISION NOT NULL",
    temp_unit: "TEXT NOT NULL",
    latent_heat: "DOUBLE PRECISION",
    latent_heat_unit: "TEXT NOT NULL",
    cost: "DOUBLE PRECISION NOT NULL",
    cost_unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    note: "TEXT"
  },
  csv:
    `class,medium,specific_heat,specific_heat_unit,density,density_unit,conductivity,conductivity_unit,temp_min,temp_max,temp_unit,latent_heat,latent_heat_unit,cost,cost_unit,region,source,source_year,note
water,20C,4.18,kJ/kg/K,998,kg/m3,0.6,W/m/K,0,95,degC,,kJ/kg,0.001,USD/kg,global,"original project table (textbook, secondary)",2025,
water,50C,4.18,kJ/kg/K,988,kg/m3,0.64,W/m/K,20,95,degC,,kJ/kg,0.001,USD/kg,global,"original project table (textbook, secondary)",2025,
water,90C,4.2,kJ/kg/K,965,kg/m3,0.67,W/m/K,40,95,degC,,kJ/kg,0.001,USD/kg,global,"original project table (textbook, secondary)",2025,
water,120C_pressurized,4.25,kJ/kg/K,943,kg/m3,0.68,W/m/K,80,180,degC,,kJ/kg,0.001,USD/kg,global,"original project table (textbook, secondary)",2025,
molten,solar_salt,1.53,kJ/kg/K,1899,kg/m3,0.57,W/m/K,260,565,degC,,kJ/kg,0.93,USD/kg,global,"original project table (textbook, secondary)",2025,original 238-600C: practical window is 260-565C
molten,hitec,1.56,kJ/kg/K,1990,kg/m3,0.54,W/m/K,142,535,degC,,kJ/kg,1.2,USD/kg,global,"original project table (textbook, secondary)",2025,
pcm,paraffin_60C,2.1,kJ/kg/K,800,kg/m3,0.21,W/m/K,50,70,degC,200,kJ/kg,2.5,USD/kg,global,"original project table (textbook, secondary)",2025,
pcm,salt_hydrate_58C,2.0,kJ/kg/K,1450,kg/m3,0.54,W/m/K,50,65,degC,265,kJ/kg,1.8,USD/kg,global,"original project table (textbook, secondary)",2025,
solid,concrete,0.85,kJ/kg/K,2400,kg/m3,1.4,W/m/K,0,400,degC,,kJ/kg,0.05,USD/kg,global,"original project table (textbook, secondary)",2025,
solid,castable_ceramic,1.0,kJ/kg/K,3000,kg/m3,2.0,W/m/K,0,1200,degC,,kJ/kg,0.35,USD/kg,global,"original project table (textbook, secondary)",2025,
`
}
