/**
 * Insulation: conductivity, temperature limit and cost.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Insulation: conductivity, temperature limit and cost.
 *
 * @category tables
 */
export const insulationMaterials: ReferenceTable = {
  name: "insulation_materials",
  key: ["material"],
  columns: {
    material: "TEXT NOT NULL",
    conductivity: "DOUBLE PRECISION NOT NULL",
    conductivity_unit: "TEXT NOT NULL",
    max_temp: "DOUBLE PRECISION NOT NULL",
    temp_unit: "TEXT NOT NULL",
    density: "DOUBLE PRECISION NOT NULL",
    density_unit: "TEXT NOT NULL",
    cost: "DOUBLE PRECISION NOT NULL",
    cost_unit: "TEXT NOT NULL",
    r_value_per_inch: "DOUBLE PRECISION NOT NULL",
    r_unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `material,conductivity,conductivity_unit,max_temp,temp_unit,density,density_unit,cost,cost_unit,r_value_per_inch,r_unit,region,source,source_year
fiberglass,0.04,W/m/K,260,degC,32,kg/m3,1.2,USD/m2/inch,3.14,h ft2 F/Btu per inch,global,original project table (secondary),2025
mineral_wool,0.038,W/m/K,760,degC,100,kg/m3,1.8,USD/m2/inch,3.3,h ft2 F/Btu per inch,global,original project table (secondary),2025
polyurethane,0.023,W/m/K,110,degC,35,kg/m3,2.5,USD/m2/inch,5.6,h ft2 F/Btu per inch,global,original project table (secondary),2025
polyisocyanurate,0.024,W/m/K,150,degC,32,kg/m3,2.8,USD/m2/inch,5.6,h ft2 F/Btu per inch,global,original project table (secondary),2025
calcium_silicate,0.052,W/m/K,650,degC,240,kg/m3,3.5,USD/m2/inch,2.42,h ft2 F/Btu per inch,global,original project table (secondary),2025
aerogel,0.014,W/m/K,200,degC,150,kg/m3,25.0,USD/m2/inch,9.0,h ft2 F/Btu per inch,global,original project table (secondary),2025
`
}
