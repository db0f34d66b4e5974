/**
 * Median energy use intensity of US buildings.
 * ENERGY STAR Portfolio Manager, public domain; the CO2e columns are derived, `check` says how each row was checked.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Median energy use intensity of US buildings.
 *
 * @category tables
 */
export const buildingEuiBenchmarks: ReferenceTable = {
  name: "building_eui_benchmarks",
  key: ["building_type"],
  columns: {
    building_type: "TEXT NOT NULL",
    site_eui_median: "DOUBLE PRECISION",
    source_eui_median: "DOUBLE PRECISION",
    eui_unit: "TEXT NOT NULL",
    site_eui_kwh_ft2: "DOUBLE PRECISION",
    site_eui_kwh_unit: "TEXT",
    electric_share_of_site_energy_derived: "DOUBLE PRECISION",
    co2e_intensity_derived: "DOUBLE PRECISION",
    co2e_unit: "TEXT",
    co2e_intensity_derived_m2: "DOUBLE PRECISION",
    co2e_m2_unit: "TEXT",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    check: "TEXT NOT NULL"
  },
  csv:
    `building_type,site_eui_median,source_eui_median,eui_unit,site_eui_kwh_ft2,site_eui_kwh_unit,electric_share_of_site_energy_derived,co2e_intensity_derived,co2e_unit,co2e_intensity_derived_m2,co2e_m2_unit,region,source,source_year,check
bank_branch,88.3,209.9,kBtu/ft2/yr,25.88,kWh/ft2/yr,0.758,8.0,kg CO2e/ft2/yr,86.1,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
financial_office,52.9,116.4,kBtu/ft2/yr,15.5,kWh/ft2/yr,0.657,4.53,kg CO2e/ft2/yr,48.7,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
office,52.9,116.4,kBtu/ft2/yr,15.5,kWh/ft2/yr,0.657,4.53,kg CO2e/ft2/yr,48.7,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
college_university,84.3,180.6,kBtu/ft2/yr,24.71,kWh/ft2/yr,0.624,7.08,kg CO2e/ft2/yr,76.2,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
k12_school,48.5,104.4,kBtu/ft2/yr,14.21,kWh/ft2/yr,0.63,4.08,kg CO2e/ft2/yr,44.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
preschool_daycare,64.8,131.5,kBtu/ft2/yr,18.99,kWh/ft2/yr,0.56,5.23,kg CO2e/ft2/yr,56.3,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
vocational_school,52.4,110.4,kBtu/ft2/yr,15.36,kWh/ft2/yr,0.604,4.35,kg CO2e/ft2/yr,46.8,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
convention_center,56.1,109.6,kBtu/ft2/yr,16.44,kWh/ft2/yr,0.516,4.41,kg CO2e/ft2/yr,47.5,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
recreation_athletic,50.8,112.0,kBtu/ft2/yr,14.89,kWh/ft2/yr,0.66,4.35,kg CO2e/ft2/yr,46.9,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
entertainment,56.2,112.0,kBtu/ft2/yr,16.47,kWh/ft2/yr,0.539,4.48,kg CO2e/ft2/yr,48.2,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
worship_facility,30.5,58.4,kBtu/ft2/yr,8.939,kWh/ft2/yr,0.494,2.36,kg CO2e/ft2/yr,25.4,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
convenience_store,231.4,592.6,kBtu/ft2/yr,67.82,kWh/ft2/yr,0.863,22.2,kg CO2e/ft2/yr,238.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,seen in a stored copy of the EPA page
restaurant,325.6,573.7,kBtu/ft2/yr,95.42,kWh/ft2/yr,0.407,23.8,kg CO2e/ft2/yr,257.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
fast_food,402.7,886.4,kBtu/ft2/yr,118.0,kWh/ft2/yr,0.658,34.5,kg CO2e/ft2/yr,371.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
supermarket_grocery,196.0,444.0,kBtu/ft2/yr,57.44,kWh/ft2/yr,0.694,17.1,kg CO2e/ft2/yr,184.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
hospital_general,234.3,426.9,kBtu/ft2/yr,68.67,kWh/ft2/yr,0.441,17.5,kg CO2e/ft2/yr,189.0,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
medical_office,51.2,121.7,kBtu/ft2/yr,15.01,kWh/ft2/yr,0.758,4.64,kg CO2e/ft2/yr,49.9,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
hotel,63.0,146.7,kBtu/ft2/yr,18.46,kWh/ft2/yr,0.731,5.62,kg CO2e/ft2/yr,60.5,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
residence_hall,57.9,107.5,kBtu/ft2/yr,16.97,kWh/ft2/yr,0.461,4.39,kg CO2e/ft2/yr,47.3,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
multifamily,59.6,118.1,kBtu/ft2/yr,17.47,kWh/ft2/yr,0.532,4.73,kg CO2e/ft2/yr,50.9,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
senior_living,99.0,213.2,kBtu/ft2/yr,29.01,kWh/ft2/yr,0.631,8.34,kg CO2e/ft2/yr,89.8,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
retail_store,51.4,120.0,kBtu/ft2/yr,15.06,kWh/ft2/yr,0.734,4.59,kg CO2e/ft2/yr,49.4,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
wholesale_club,51.4,120.0,kBtu/ft2/yr,15.06,kWh/ft2/yr,0.734,4.59,kg CO2e/ft2/yr,49.4,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
warehouse_unrefrigerated,22.7,52.9,kBtu/ft2/yr,6.653,kWh/ft2/yr,0.732,2.03,kg CO2e/ft2/yr,21.8,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
warehouse_refrigerated,84.1,235.6,kBtu/ft2/yr,24.65,kWh/ft2/yr,1.0,8.62,kg CO2e/ft2/yr,92.8,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
mixed_use,40.1,89.3,kBtu/ft2/yr,11.75,kWh/ft2/yr,0.673,3.46,kg CO2e/ft2/yr,37.3,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
courthouse,101.2,211.4,kBtu/ft2/yr,29.66,kWh/ft2/yr,0.594,8.34,kg CO2e/ft2/yr,89.8,kg CO2e/m2/yr,US,"ENERGY STAR Portfolio Manager Technical Reference: US National Energy Use Intensity (median); CO2e derived: source/site ratios 2.80 electric and 1.05 gas, eGRID2023 US average, EPA natural gas",2024,from memory of the same EPA table; re-verify
data_center,,,PUE 1.82 median,,,,,,,,US,ENERGY STAR Portfolio Manager (median PUE),2024,from memory; re-verify
`
}
