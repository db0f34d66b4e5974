/**
 * Heat content and combustion factors by fuel.
 * US EPA GHG Emission Factors Hub and 40 CFR 98 Tables C-1 and C-2, public domain.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Heat content and combustion factors by fuel.
 *
 * @category tables
 */
export const fuelCombustionEpa: ReferenceTable = {
  name: "fuel_combustion_epa",
  key: ["fuel"],
  columns: {
    fuel: "TEXT NOT NULL",
    native_unit: "TEXT NOT NULL",
    heat_content: "DOUBLE PRECISION NOT NULL",
    heat_content_unit: "TEXT NOT NULL",
    co2: "DOUBLE PRECISION NOT NULL",
    co2_unit: "TEXT NOT NULL",
    ch4: "DOUBLE PRECISION NOT NULL",
    ch4_unit: "TEXT NOT NULL",
    n2o: "DOUBLE PRECISION NOT NULL",
    n2o_unit: "TEXT NOT NULL",
    co2_per_native_unit: "DOUBLE PRECISION NOT NULL",
    co2_per_native_unit_unit: "TEXT NOT NULL",
    co2e_ar5: "DOUBLE PRECISION NOT NULL",
    co2e_ar6: "DOUBLE PRECISION NOT NULL",
    co2e_unit: "TEXT NOT NULL",
    biogenic: "BOOLEAN NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `fuel,native_unit,heat_content,heat_content_unit,co2,co2_unit,ch4,ch4_unit,n2o,n2o_unit,co2_per_native_unit,co2_per_native_unit_unit,co2e_ar5,co2e_ar6,co2e_unit,biogenic,region,source,source_year
anthracite,short_ton,25.09,mmBtu(HHV)/short_ton,103.69,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2601.6,kg CO2/short_ton,104.422,104.424,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
bituminous_coal,short_ton,24.93,mmBtu(HHV)/short_ton,93.28,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2325.5,kg CO2/short_ton,94.012,94.0138,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
subbituminous_coal,short_ton,17.25,mmBtu(HHV)/short_ton,97.17,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,1676.2,kg CO2/short_ton,97.902,97.9038,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
lignite,short_ton,14.21,mmBtu(HHV)/short_ton,97.72,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,1388.6,kg CO2/short_ton,98.452,98.4538,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coal_mixed_commercial,short_ton,21.39,mmBtu(HHV)/short_ton,94.27,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2016.4,kg CO2/short_ton,95.002,95.0038,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coal_mixed_electric_power,short_ton,19.73,mmBtu(HHV)/short_ton,95.52,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,1884.6,kg CO2/short_ton,96.252,96.2538,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coal_mixed_industrial_coking,short_ton,26.28,mmBtu(HHV)/short_ton,93.9,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2467.7,kg CO2/short_ton,94.632,94.6338,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coal_mixed_industrial,short_ton,22.35,mmBtu(HHV)/short_ton,94.67,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2115.9,kg CO2/short_ton,95.402,95.4038,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coal_coke,short_ton,24.8,mmBtu(HHV)/short_ton,113.67,kg CO2/mmBtu,11,g CH4/mmBtu,1.6,g N2O/mmBtu,2819.0,kg CO2/short_ton,114.402,114.404,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
municipal_solid_waste,short_ton,9.95,mmBtu(HHV)/short_ton,90.7,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,902.46,kg CO2/short_ton,92.709,92.7106,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
petroleum_coke_solid,short_ton,30.0,mmBtu(HHV)/short_ton,102.41,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,3072.3,kg CO2/short_ton,104.419,104.421,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
plastics,short_ton,38.0,mmBtu(HHV)/short_ton,75.0,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,2850.0,kg CO2/short_ton,77.009,77.0106,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
tires,short_ton,28.0,mmBtu(HHV)/short_ton,85.97,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,2407.2,kg CO2/short_ton,87.979,87.9806,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
agricultural_byproducts,short_ton,8.25,mmBtu(HHV)/short_ton,118.17,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,974.9,kg CO2/short_ton,2.009,2.0106,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
peat,short_ton,8.0,mmBtu(HHV)/short_ton,111.84,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,894.72,kg CO2/short_ton,113.849,113.851,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
solid_byproducts_biomass,short_ton,10.39,mmBtu(HHV)/short_ton,105.51,kg CO2/mmBtu,32,g CH4/mmBtu,4.2,g N2O/mmBtu,1096.2,kg CO2/short_ton,2.009,2.0106,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
wood_and_wood_residuals,short_ton,17.48,mmBtu(HHV)/short_ton,93.8,kg CO2/mmBtu,7.2,g CH4/mmBtu,3.6,g N2O/mmBtu,1639.6,kg CO2/short_ton,1.1556,1.1772,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
natural_gas,scf,0.001026,mmBtu(HHV)/scf,53.06,kg CO2/mmBtu,1.0,g CH4/mmBtu,0.1,g N2O/mmBtu,0.05444,kg CO2/scf,53.1145,53.1143,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
blast_furnace_gas,scf,9.2e-05,mmBtu(HHV)/scf,274.32,kg CO2/mmBtu,0.022,g CH4/mmBtu,0.1,g N2O/mmBtu,0.025237,kg CO2/scf,274.347,274.348,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
coke_oven_gas,scf,0.000599,mmBtu(HHV)/scf,46.85,kg CO2/mmBtu,0.48,g CH4/mmBtu,0.1,g N2O/mmBtu,0.028063,kg CO2/scf,46.8899,46.8903,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
fuel_gas,scf,0.001388,mmBtu(HHV)/scf,59.0,kg CO2/mmBtu,3.0,g CH4/mmBtu,0.6,g N2O/mmBtu,0.081892,kg CO2/scf,59.243,59.2448,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
propane_gas,scf,0.002516,mmBtu(HHV)/scf,61.46,kg CO2/mmBtu,3.0,g CH4/mmBtu,0.6,g N2O/mmBtu,0.15463,kg CO2/scf,61.703,61.7048,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
landfill_gas,scf,0.000485,mmBtu(HHV)/scf,52.07,kg CO2/mmBtu,3.2,g CH4/mmBtu,0.63,g N2O/mmBtu,0.025254,kg CO2/scf,0.25655,0.25839,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
other_biomass_gases,scf,0.000655,mmBtu(HHV)/scf,52.07,kg CO2/mmBtu,3.2,g CH4/mmBtu,0.63,g N2O/mmBtu,0.034106,kg CO2/scf,0.25655,0.25839,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
asphalt_and_road_oil,gallon,0.158,mmBtu(HHV)/gallon,75.36,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,11.907,kg CO2/gallon,75.603,75.6048,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
aviation_gasoline,gallon,0.12,mmBtu(HHV)/gallon,69.25,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,8.31,kg CO2/gallon,69.493,69.4948,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
butane,gallon,0.103,mmBtu(HHV)/gallon,64.77,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,6.6713,kg CO2/gallon,65.013,65.0148,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
crude_oil,gallon,0.138,mmBtu(HHV)/gallon,74.54,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.287,kg CO2/gallon,74.783,74.7848,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
distillate_fuel_oil_no1,gallon,0.139,mmBtu(HHV)/gallon,73.25,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.182,kg CO2/gallon,73.493,73.4948,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
distillate_fuel_oil_no2,gallon,0.138,mmBtu(HHV)/gallon,73.96,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.206,kg CO2/gallon,74.203,74.2048,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
distillate_fuel_oil_no4,gallon,0.146,mmBtu(HHV)/gallon,75.04,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.956,kg CO2/gallon,75.283,75.2848,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
ethane,gallon,0.068,mmBtu(HHV)/gallon,59.6,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,4.0528,kg CO2/gallon,59.843,59.8448,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
heavy_gas_oils,gallon,0.148,mmBtu(HHV)/gallon,74.92,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,11.088,kg CO2/gallon,75.163,75.1648,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
isobutane,gallon,0.099,mmBtu(HHV)/gallon,64.94,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,6.4291,kg CO2/gallon,65.183,65.1848,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
kerosene,gallon,0.135,mmBtu(HHV)/gallon,75.2,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.152,kg CO2/gallon,75.443,75.4448,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
jet_fuel_kerosene_type,gallon,0.135,mmBtu(HHV)/gallon,72.22,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,9.7497,kg CO2/gallon,72.463,72.4648,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
lpg,gallon,0.092,mmBtu(HHV)/gallon,61.71,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,5.6773,kg CO2/gallon,61.953,61.9548,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
lubricants,gallon,0.144,mmBtu(HHV)/gallon,74.27,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.695,kg CO2/gallon,74.513,74.5148,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
motor_gasoline,gallon,0.125,mmBtu(HHV)/gallon,70.22,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,8.7775,kg CO2/gallon,70.463,70.4648,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
naphtha,gallon,0.125,mmBtu(HHV)/gallon,68.02,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,8.5025,kg CO2/gallon,68.263,68.2648,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
natural_gas_liquids,gallon,0.11,mmBtu(HHV)/gallon,66.88,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,7.3568,kg CO2/gallon,67.123,67.1248,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
propane,gallon,0.091,mmBtu(HHV)/gallon,62.87,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,5.7212,kg CO2/gallon,63.113,63.1148,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
residual_fuel_oil_no5,gallon,0.14,mmBtu(HHV)/gallon,72.93,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.21,kg CO2/gallon,73.173,73.1748,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
residual_fuel_oil_no6,gallon,0.15,mmBtu(HHV)/gallon,75.1,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,11.265,kg CO2/gallon,75.343,75.3448,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
used_oil,gallon,0.138,mmBtu(HHV)/gallon,74.0,kg CO2/mmBtu,3,g CH4/mmBtu,0.6,g N2O/mmBtu,10.212,kg CO2/gallon,74.243,74.2448,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),false,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
biodiesel_100,gallon,0.128,mmBtu(HHV)/gallon,73.84,kg CO2/mmBtu,1.1,g CH4/mmBtu,0.11,g N2O/mmBtu,9.4515,kg CO2/gallon,0.05995,0.05973,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
ethanol_100,gallon,0.084,mmBtu(HHV)/gallon,68.44,kg CO2/mmBtu,1.1,g CH4/mmBtu,0.11,g N2O/mmBtu,5.749,kg CO2/gallon,0.05995,0.05973,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
rendered_animal_fat,gallon,0.125,mmBtu(HHV)/gallon,71.06,kg CO2/mmBtu,1.1,g CH4/mmBtu,0.11,g N2O/mmBtu,8.8825,kg CO2/gallon,0.05995,0.05973,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
vegetable_oil,gallon,0.12,mmBtu(HHV)/gallon,81.55,kg CO2/mmBtu,1.1,g CH4/mmBtu,0.11,g N2O/mmBtu,9.786,kg CO2/gallon,0.05995,0.05973,kg CO2e/mmBtu (fossil only; biogenic CO2 excluded),true,US,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025
purchased_steam_or_heat,mmBtu,1,mmBtu(HHV)/mmBtu,66.33,kg CO2/mmBtu,1.25,g CH4/mmBtu,0.125,g N2O/mmBtu,66.33,kg CO2/mmBtu,66.3981,66.3979,kg CO2e/mmBtu,false,US,US EPA GHG Emission Factors Hub (Table 7),2025
`
}
