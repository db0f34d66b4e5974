/**
 * Screening factors for transport and waste.
 * US EPA GHG Emission Factors Hub, public domain.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Screening factors for transport and waste.
 *
 * @category tables
 */
export const scope3ScreeningEpa: ReferenceTable = {
  name: "scope3_screening_epa",
  key: ["category"],
  columns: {
    category: "TEXT NOT NULL",
    factor: "DOUBLE PRECISION",
    unit: "TEXT NOT NULL",
    original_value: "DOUBLE PRECISION",
    flag: "TEXT",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `category,factor,unit,original_value,flag,region,source,source_year
road_freight_medium_heavy_truck,0.186,kg CO2/short ton-mile,0.161,,US,EPA GHG Emission Factors Hub Table 8,2025
passenger_car,0.297,kg CO2/vehicle-mile,0.41,original outdated,US,EPA GHG Emission Factors Hub Table 10,2025
bus,0.066,kg CO2/passenger-mile,,,US,EPA GHG Emission Factors Hub Table 10,2025
mixed_msw_landfilled,580,kg CO2e/short ton,570,,US,EPA GHG Emission Factors Hub Table 9,2025
mixed_msw_combusted,430,kg CO2e/short ton,,,US,EPA GHG Emission Factors Hub Table 9,2025
purchased_goods_spend,,kg CO2e/USD,0.00035,ORIGINAL WRONG by about 1000x (350 kg per million USD). Use EPA/USEEIO supply-chain factors per sector,US,none,2025
upstream_natural_gas,,kg CO2e/mmBtu,5.3,no source found; use GREET or DESNZ WTT,US,none,2025
`
}
