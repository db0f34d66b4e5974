/**
 * Heat exchangers: effectiveness, U values, cost and limits.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Heat exchangers: effectiveness, U values, cost and limits.
 *
 * @category tables
 */
export const heatExchangerTechnologies: ReferenceTable = {
  name: "heat_exchanger_technologies",
  key: ["technology"],
  columns: {
    technology: "TEXT NOT NULL",
    effectiveness: "DOUBLE PRECISION NOT NULL",
    u_gas_gas: "DOUBLE PRECISION",
    u_gas_liquid: "DOUBLE PRECISION",
    u_liquid_liquid: "DOUBLE PRECISION",
    u_unit: "TEXT NOT NULL",
    cost_per_ft2: "DOUBLE PRECISION",
    cost_per_ft2_unit: "TEXT NOT NULL",
    cost_per_mmbtu_h: "DOUBLE PRECISION",
    cost_per_mmbtu_h_unit: "TEXT NOT NULL",
    base_cost: "DOUBLE PRECISION NOT NULL",
    base_cost_unit: "TEXT NOT NULL",
    maintenance: "TEXT NOT NULL",
    fouling_tolerance: "TEXT NOT NULL",
    temp_min: "DOUBLE PRECISION NOT NULL",
    temp_max: "DOUBLE PRECISION NOT NULL",
    temp_unit: "TEXT NOT NULL",
    space_class: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `technology,effectiveness,u_gas_gas,u_gas_liquid,u_liquid_liquid,u_unit,cost_per_ft2,cost_per_ft2_unit,cost_per_mmbtu_h,cost_per_mmbtu_h_unit,base_cost,base_cost_unit,maintenance,fouling_tolerance,temp_min,temp_max,temp_unit,space_class,region,source,source_year
shell_tube_hx,0.7,15,80,250,Btu/h/ft2/F,75,USD/ft2,,USD/(MMBtu/h),15000,USD,moderate,good,100,800,degF,large,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
plate_hx,0.85,,,400,Btu/h/ft2/F,100,USD/ft2,,USD/(MMBtu/h),8000,USD,low,fair,60,350,degF,compact,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
economizer,0.65,,12,,Btu/h/ft2/F,,USD/ft2,30000,USD/(MMBtu/h),25000,USD,moderate,good,250,800,degF,moderate,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
recuperator,0.7,20,,,Btu/h/ft2/F,,USD/ft2,25000,USD/(MMBtu/h),20000,USD,moderate,good,400,1800,degF,moderate,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
regenerator,0.85,25,,,Btu/h/ft2/F,,USD/ft2,35000,USD/(MMBtu/h),30000,USD,moderate,fair,300,2000,degF,large,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
heat_pipe,0.65,18,,,Btu/h/ft2/F,,USD/ft2,40000,USD/(MMBtu/h),35000,USD,very_low,excellent,150,750,degF,compact,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
run_around_coil,0.55,,60,,Btu/h/ft2/F,,USD/ft2,20000,USD/(MMBtu/h),18000,USD,low,good,60,400,degF,moderate,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
orc_system,0.15,,,,Btu/h/ft2/F,,USD/ft2,,USD/(MMBtu/h),100000,USD,high,moderate,180,800,degF,large,US,original project table (secondary); temperature range and space class ADDED here (missing in the original),2025
`
}
