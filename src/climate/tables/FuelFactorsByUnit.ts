/**
 * Emission factors of fuels by region and unit.
 * US EPA, public domain; UK DESNZ, OGL v3; ECCC, Australia DCCEEW and IPCC 2006 as cited in `source`.
 * Contains public sector information licensed under the Open Government Licence v3.0.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Emission factors of fuels by region and unit.
 *
 * @category tables
 */
export const fuelFactorsByUnit: ReferenceTable = {
  name: "fuel_factors_by_unit",
  key: ["region", "fuel", "unit"],
  columns: {
    region: "TEXT NOT NULL",
    fuel: "TEXT NOT NULL",
    unit: "TEXT NOT NULL",
    co2: "DOUBLE PRECISION",
    ch4: "DOUBLE PRECISION",
    n2o: "DOUBLE PRECISION",
    co2e_ar5: "DOUBLE PRECISION NOT NULL",
    co2e_ar6: "DOUBLE PRECISION NOT NULL",
    value_unit: "TEXT NOT NULL",
    scope: "INTEGER NOT NULL",
    biogenic: "BOOLEAN NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    note: "TEXT"
  },
  csv: `region,fuel,unit,co2,ch4,n2o,co2e_ar5,co2e_ar6,value_unit,scope,biogenic,source,source_year,note
US,natural_gas,therm,5.306,0.0001,1e-05,5.31145,5.31143,kg per therm,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,mmBtu,53.06,0.001,0.0001,53.1145,53.1143,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,scf,0.0544396,1.026e-06,1.026e-07,0.0544955,0.0544953,kg per scf,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,ccf,5.44396,0.0001026,1.026e-05,5.44955,5.44953,kg per ccf,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,mcf,54.4396,0.001026,0.0001026,54.4955,54.4953,kg per mcf,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,m3,1.92251,3.62328e-05,3.62328e-06,1.92449,1.92448,kg per m3,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,kWh_hhv,0.181048,3.41214e-06,3.41214e-07,0.181234,0.181234,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,natural_gas,GJ_hhv,50.2912,0.000947817,9.47817e-05,50.3428,50.3426,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,diesel,gallon,10.2065,0.000414,8.28e-05,10.24,10.2403,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,diesel,liter,2.69627,0.000109367,2.18734e-05,2.70513,2.70519,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,diesel,mmBtu,73.96,0.003,0.0006,74.203,74.2048,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,diesel,kWh_hhv,0.252362,1.02364e-05,2.04728e-06,0.253191,0.253197,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,diesel,GJ_hhv,70.1005,0.00284345,0.00056869,70.3309,70.3326,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,fuel_oil,gallon,10.2065,0.000414,8.28e-05,10.24,10.2403,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,fuel_oil,liter,2.69627,0.000109367,2.18734e-05,2.70513,2.70519,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,fuel_oil,mmBtu,73.96,0.003,0.0006,74.203,74.2048,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,fuel_oil,kWh_hhv,0.252362,1.02364e-05,2.04728e-06,0.253191,0.253197,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,fuel_oil,GJ_hhv,70.1005,0.00284345,0.00056869,70.3309,70.3326,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,residual_fuel_oil,gallon,11.265,0.00045,9e-05,11.3014,11.3017,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,residual_fuel_oil,liter,2.9759,0.000118877,2.37755e-05,2.98553,2.9856,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,residual_fuel_oil,mmBtu,75.1,0.003,0.0006,75.343,75.3448,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,residual_fuel_oil,kWh_hhv,0.256252,1.02364e-05,2.04728e-06,0.257081,0.257087,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,residual_fuel_oil,GJ_hhv,71.1811,0.00284345,0.00056869,71.4114,71.4131,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,gasoline,gallon,8.7775,0.000375,7.5e-05,8.80788,8.8081,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,gasoline,liter,2.31877,9.90645e-05,1.98129e-05,2.32679,2.32685,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,gasoline,mmBtu,70.22,0.003,0.0006,70.463,70.4648,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,gasoline,kWh_hhv,0.239601,1.02364e-05,2.04728e-06,0.24043,0.240436,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,gasoline,GJ_hhv,66.5557,0.00284345,0.00056869,66.786,66.7877,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,propane,gallon,5.72117,0.000273,5.46e-05,5.74328,5.74345,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,propane,liter,1.51137,7.2119e-05,1.44238e-05,1.51721,1.51726,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,propane,mmBtu,62.87,0.003,0.0006,63.113,63.1148,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,propane,kWh_hhv,0.214521,1.02364e-05,2.04728e-06,0.21535,0.215357,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,propane,GJ_hhv,59.5893,0.00284345,0.00056869,59.8196,59.8213,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,lpg,gallon,5.67732,0.000276,5.52e-05,5.69968,5.69984,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,lpg,liter,1.49979,7.29115e-05,1.45823e-05,1.5057,1.50574,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,lpg,mmBtu,61.71,0.003,0.0006,61.953,61.9548,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,lpg,kWh_hhv,0.210563,1.02364e-05,2.04728e-06,0.211392,0.211399,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,lpg,GJ_hhv,58.4898,0.00284345,0.00056869,58.7201,58.7218,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,kerosene,gallon,10.152,0.000405,8.1e-05,10.1848,10.185,kg per gallon,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,kerosene,liter,2.68187,0.00010699,2.13979e-05,2.69054,2.69061,kg per liter,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,kerosene,mmBtu,75.2,0.003,0.0006,75.443,75.4448,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,kerosene,kWh_hhv,0.256593,1.02364e-05,2.04728e-06,0.257422,0.257428,kg per kWh_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,kerosene,GJ_hhv,71.2758,0.00284345,0.00056869,71.5062,71.5079,kg per GJ_hhv,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal,short_ton,2115.87,0.24585,0.03576,2132.23,2132.27,kg per short_ton,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal,tonne,2332.35,0.271003,0.0394187,2350.39,2350.43,kg per tonne,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal,kg,2.33235,0.000271003,3.94187e-05,2.35039,2.35043,kg per kg,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal,lb,1.05794,0.000122925,1.788e-05,1.06612,1.06614,kg per lb,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal,mmBtu,94.67,0.011,0.0016,95.402,95.4038,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_bituminous,short_ton,2325.47,0.27423,0.039888,2343.72,2343.76,kg per short_ton,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_bituminous,tonne,2563.39,0.302287,0.043969,2583.51,2583.56,kg per tonne,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_bituminous,kg,2.56339,0.000302287,4.3969e-05,2.58351,2.58356,kg per kg,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_bituminous,lb,1.16274,0.000137115,1.9944e-05,1.17186,1.17188,kg per lb,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_bituminous,mmBtu,93.28,0.011,0.0016,94.012,94.0138,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_subbituminous,short_ton,1676.18,0.18975,0.0276,1688.81,1688.84,kg per short_ton,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_subbituminous,tonne,1847.67,0.209164,0.0304238,1861.59,1861.63,kg per tonne,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_subbituminous,kg,1.84767,0.000209164,3.04238e-05,1.86159,1.86163,kg per kg,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_subbituminous,lb,0.838091,9.4875e-05,1.38e-05,0.844405,0.84442,kg per lb,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_subbituminous,mmBtu,97.17,0.011,0.0016,97.902,97.9038,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_anthracite,short_ton,2601.58,0.27599,0.040144,2619.95,2619.99,kg per short_ton,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_anthracite,tonne,2867.75,0.304227,0.0442512,2888.0,2888.05,kg per tonne,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_anthracite,kg,2.86775,0.000304227,4.42512e-05,2.888,2.88805,kg per kg,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_anthracite,lb,1.30079,0.000137995,2.0072e-05,1.30997,1.31,kg per lb,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_anthracite,mmBtu,103.69,0.011,0.0016,104.422,104.424,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_lignite,short_ton,1388.6,0.15631,0.022736,1399.0,1399.03,kg per short_ton,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_lignite,tonne,1530.67,0.172302,0.0250621,1542.14,1542.16,kg per tonne,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_lignite,kg,1.53067,0.000172302,2.50621e-05,1.54214,1.54216,kg per kg,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_lignite,lb,0.694301,7.8155e-05,1.1368e-05,0.699501,0.699514,kg per lb,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,coal_lignite,mmBtu,97.72,0.011,0.0016,98.452,98.4538,kg per mmBtu,1,false,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biomass_wood,short_ton,1639.62,0.125856,0.062928,20.1999,20.5775,kg per short_ton,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biomass_wood,tonne,1807.38,0.138732,0.0693662,22.2666,22.6828,kg per tonne,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biomass_wood,kg,1.80738,0.000138732,6.93662e-05,0.0222666,0.0226828,kg per kg,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biomass_wood,lb,0.819812,6.2928e-05,3.1464e-05,0.0100999,0.0102887,kg per lb,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biomass_wood,mmBtu,93.8,0.0072,0.0036,1.1556,1.1772,kg per mmBtu,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biodiesel,gallon,9.45152,0.0001408,1.408e-05,0.0076736,0.00764544,kg per gallon,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,biodiesel,liter,2.49683,3.71954e-05,3.71954e-06,0.00202715,0.00201971,kg per liter,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,ethanol,gallon,5.74896,9.24e-05,9.24e-06,0.0050358,0.00501732,kg per gallon,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
US,ethanol,liter,1.51871,2.44095e-05,2.44095e-06,0.00133032,0.00132544,kg per liter,1,true,US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2),2025,
GLOBAL,natural_gas,GJ_ncv,56.1,0.001,0.0001,56.1545,56.1543,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,natural_gas,kg,2.6928,4.8e-05,4.8e-06,2.69542,2.69541,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 48.0 TJ/Gg
GLOBAL,diesel,GJ_ncv,74.1,0.003,0.0006,74.343,74.3448,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,diesel,kg,3.1863,0.000129,2.58e-05,3.19675,3.19683,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 43.0 TJ/Gg
GLOBAL,gasoline,GJ_ncv,69.3,0.003,0.0006,69.543,69.5448,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,gasoline,kg,3.06999,0.0001329,2.658e-05,3.08075,3.08083,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 44.3 TJ/Gg
GLOBAL,kerosene,GJ_ncv,71.9,0.003,0.0006,72.143,72.1448,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,kerosene,kg,3.14922,0.0001314,2.628e-05,3.15986,3.15994,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 43.8 TJ/Gg
GLOBAL,lpg,GJ_ncv,63.1,0.001,0.0001,63.1545,63.1543,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,lpg,kg,2.98463,4.73e-05,4.73e-06,2.98721,2.9872,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 47.3 TJ/Gg
GLOBAL,residual_fuel_oil,GJ_ncv,77.4,0.003,0.0006,77.643,77.6448,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,residual_fuel_oil,kg,3.12696,0.0001212,2.424e-05,3.13678,3.13685,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 40.4 TJ/Gg
GLOBAL,petroleum_coke,GJ_ncv,97.5,0.003,0.0006,97.743,97.7448,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,petroleum_coke,kg,3.16875,9.75e-05,1.95e-05,3.17665,3.17671,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 32.5 TJ/Gg
GLOBAL,coal_anthracite,GJ_ncv,98.3,0.01,0.0015,98.9775,98.9795,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coal_anthracite,kg,2.62461,0.000267,4.005e-05,2.6427,2.64275,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 26.7 TJ/Gg
GLOBAL,coal_coking,GJ_ncv,94.6,0.01,0.0015,95.2775,95.2795,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coal_coking,kg,2.66772,0.000282,4.23e-05,2.68683,2.68688,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 28.2 TJ/Gg
GLOBAL,coal_bituminous,GJ_ncv,94.6,0.01,0.0015,95.2775,95.2795,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coal_bituminous,kg,2.44068,0.000258,3.87e-05,2.45816,2.45821,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 25.8 TJ/Gg
GLOBAL,coal_subbituminous,GJ_ncv,96.1,0.01,0.0015,96.7775,96.7795,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coal_subbituminous,kg,1.81629,0.000189,2.835e-05,1.82909,1.82913,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 18.9 TJ/Gg
GLOBAL,coal_lignite,GJ_ncv,101.0,0.01,0.0015,101.677,101.679,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coal_lignite,kg,1.2019,0.000119,1.785e-05,1.20996,1.20999,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 11.9 TJ/Gg
GLOBAL,coke_oven_coke,GJ_ncv,107.0,0.01,0.0015,107.677,107.679,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,coke_oven_coke,kg,3.0174,0.000282,4.23e-05,3.03651,3.03656,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 28.2 TJ/Gg
GLOBAL,peat,GJ_ncv,106.0,0.002,0.0015,106.453,106.463,kg per GJ_ncv,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,peat,kg,1.03456,1.952e-05,1.464e-05,1.03899,1.03908,kg per kg,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 9.76 TJ/Gg
GLOBAL,biomass_wood,GJ_ncv,112.0,0.03,0.004,1.9,1.902,kg per GJ_ncv,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,biomass_wood,kg,1.7472,0.000468,6.24e-05,0.02964,0.0296712,kg per kg,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 15.6 TJ/Gg
GLOBAL,charcoal,GJ_ncv,112.0,0.2,0.004,6.66,6.492,kg per GJ_ncv,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,charcoal,kg,3.304,0.0059,0.000118,0.19647,0.191514,kg per kg,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 29.5 TJ/Gg
GLOBAL,biogas,GJ_ncv,54.6,0.001,0.0001,0.0545,0.0543,kg per GJ_ncv,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,
GLOBAL,biogas,kg,2.75184,5.04e-05,5.04e-06,0.0027468,0.00273672,kg per kg,1,true,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,NCV 50.4 TJ/Gg
GLOBAL,diesel,liter,2.68924,0.000108876,2.17752e-05,2.69806,2.69812,kg per liter,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,density 0.844 kg/L assumed
GLOBAL,gasoline,liter,2.28714,9.90105e-05,1.98021e-05,2.29516,2.29522,kg per liter,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,density 0.745 kg/L assumed
GLOBAL,kerosene,liter,2.51938,0.00010512,2.1024e-05,2.52789,2.52795,kg per liter,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,density 0.8 kg/L assumed
GLOBAL,lpg,liter,1.52216,2.4123e-05,2.4123e-06,1.52348,1.52347,kg per liter,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,density 0.51 kg/L assumed
GLOBAL,residual_fuel_oil,liter,3.09569,0.000119988,2.39976e-05,3.10541,3.10548,kg per liter,1,false,"IPCC 2006 Guidelines Vol.2 Tables 1.2, 1.4, 2.3 (NCV basis)",2006,density 0.99 kg/L assumed
UK,natural_gas,kWh_hhv,,,,0.18296,0.18296,kg CO2e per kWh_hhv,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,natural_gas,m3,,,,2.06672,2.06672,kg CO2e per m3,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,diesel,liter,,,,2.57082,2.57082,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis). average biofuel blend
UK,diesel_mineral,liter,,,,2.66155,2.66155,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,gasoline,liter,,,,2.06916,2.06916,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis). average biofuel blend
UK,gas_oil,liter,,,,2.75541,2.75541,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,residual_fuel_oil,liter,,,,3.17492,3.17492,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,kerosene,liter,,,,2.54016,2.54016,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,propane,liter,,,,1.54358,1.54358,kg CO2e per liter,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
UK,lpg,tonne,,,,2939.36095,2939.36095,kg CO2e per tonne,1,false,UK DESNZ GHG conversion factors for company reporting,2025,published as one CO2e figure (AR5 basis).
CA,natural_gas,m3,1.921,3.7e-05,3.5e-05,1.93131,1.93155,kg per m3,1,false,ECCC Emission factors and reference values v3.0,2025,Ontario marketable gas
CA,propane,liter,1.515,2.4e-05,0.000108,1.54429,1.54513,kg per liter,1,false,ECCC Emission factors and reference values v3.0,2025,
CA,diesel,liter,2.681,7.8e-05,2.2e-05,2.68901,2.68911,kg per liter,1,false,ECCC Emission factors and reference values v3.0,2025,
CA,fuel_oil,liter,2.753,6e-06,3.1e-05,2.76138,2.76162,kg per liter,1,false,ECCC Emission factors and reference values v3.0,2025,
CA,gasoline,liter,2.307,0.0001,2e-05,2.3151,2.31516,kg per liter,1,false,ECCC Emission factors and reference values v3.0,2025,
AU,natural_gas,m3,,,,2.025,2.025,kg CO2e per m3,1,false,Australia DCCEEW NGA Factors,2025,published as one CO2e figure (AR5 basis).
AU,diesel,liter,,,,2.71,2.71,kg CO2e per liter,1,false,Australia DCCEEW NGA Factors,2025,published as one CO2e figure (AR5 basis).
AU,gasoline,liter,,,,2.319,2.319,kg CO2e per liter,1,false,Australia DCCEEW NGA Factors,2025,published as one CO2e figure (AR5 basis).
AU,lpg,liter,,,,1.557,1.557,kg CO2e per liter,1,false,Australia DCCEEW NGA Factors,2025,published as one CO2e figure (AR5 basis).
`
}
