/**
 * Specific heat and density of process fluids.
 * Textbook values.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Specific heat and density of process fluids.
 *
 * @category tables
 */
export const fluidProperties: ReferenceTable = {
  name: "fluid_properties",
  key: ["phase", "fluid"],
  columns: {
    phase: "TEXT NOT NULL",
    fluid: "TEXT NOT NULL",
    specific_heat: "DOUBLE PRECISION NOT NULL",
    specific_heat_unit: "TEXT NOT NULL",
    density: "DOUBLE PRECISION NOT NULL",
    density_unit: "TEXT NOT NULL",
    molar_mass: "DOUBLE PRECISION",
    molar_mass_unit: "TEXT",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    note: "TEXT"
  },
  csv:
    `phase,fluid,specific_heat,specific_heat_unit,density,density_unit,molar_mass,molar_mass_unit,region,source,source_year,note
gas,air,0.24,Btu/lb/F,0.075,lb/ft3,29,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,
gas,combustion_products_natural_gas,0.26,Btu/lb/F,0.0716,lb/ft3,28,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,original 0.048-0.052 is a hot-gas value mislabelled 70F; recomputed
gas,combustion_products_oil,0.27,Btu/lb/F,0.0747,lb/ft3,29,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,original 0.048-0.052 is a hot-gas value mislabelled 70F; recomputed
gas,combustion_products_coal,0.28,Btu/lb/F,0.0765,lb/ft3,30,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,original 0.048-0.052 is a hot-gas value mislabelled 70F; recomputed
gas,steam,0.45,Btu/lb/F,0.037,lb/ft3,18,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,
gas,process_air,0.24,Btu/lb/F,0.075,lb/ft3,29,g/mol,global,textbook values; flue gas densities corrected to ideal gas at 70F where marked,2025,
liquid,water,1.0,Btu/lb/F,62.4,lb/ft3,,,global,textbook values (secondary),2025,
liquid,oil_light,0.5,Btu/lb/F,55.0,lb/ft3,,,global,textbook values (secondary),2025,
liquid,oil_heavy,0.45,Btu/lb/F,58.0,lb/ft3,,,global,textbook values (secondary),2025,
liquid,glycol_50_percent,0.85,Btu/lb/F,67.0,lb/ft3,,,global,textbook values (secondary),2025,
liquid,brine,0.9,Btu/lb/F,70.0,lb/ft3,,,global,textbook values (secondary),2025,
`
}
