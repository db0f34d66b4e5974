/**
 * Temperature windows of industrial heat processes.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Temperature windows of industrial heat processes.
 *
 * @category tables
 */
export const processTemperatures: ReferenceTable = {
  name: "process_temperatures",
  key: ["process"],
  columns: {
    process: "TEXT NOT NULL",
    min_c: "DOUBLE PRECISION NOT NULL",
    max_c: "DOUBLE PRECISION NOT NULL",
    optimal_c: "DOUBLE PRECISION NOT NULL",
    tolerance_c: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `process,min_c,max_c,optimal_c,tolerance_c,unit,region,source,source_year
drying,60,150,100,10,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
pasteurization,63,90,72,2,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
sterilization,121,134,121,1,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
evaporation,80,120,100,5,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
distillation,78,180,120,5,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
washing,40,90,60,10,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
preheating,60,200,120,15,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
curing,80,180,120,10,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
metal_treating,150,600,400,20,degC,global,original project table (secondary); pasteurization 63/72C and sterilization 121C match US FDA Grade A PMO / standard autoclave practice,2025
`
}
