import { assert, describe, it } from "@effect/vitest"
import { referenceData } from "greenlang/climate/tables/ReferenceData"
import * as ReferenceTable from "greenlang/climate/tables/ReferenceTable"
import { createHash } from "node:crypto"

// what was published: a change of a table is a new migration, and a new line here
const published = [
  {
    name: "boiler_base_and_radiation_loss",
    rows: 5,
    sha256: "d57c9ff851a65db9",
    columns: "boiler_type,base_efficiency,radiation_loss_percent,unit,region,source,source_year"
  },
  {
    name: "boiler_efficiency",
    rows: 69,
    sha256: "bdbb9a7565943fc6",
    columns: "fuel,boiler_type,age_class,efficiency,unit,region,source,source_year"
  },
  {
    name: "building_eui_benchmarks",
    rows: 28,
    sha256: "0366aa479441f3bc",
    columns:
      "building_type,site_eui_median,source_eui_median,eui_unit,site_eui_kwh_ft2,site_eui_kwh_unit,electric_share_of_site_energy_derived,co2e_intensity_derived,co2e_unit,co2e_intensity_derived_m2,co2e_m2_unit,region,source,source_year,check"
  },
  {
    name: "building_profiles",
    rows: 7,
    sha256: "da5f6892cf74ae28",
    columns:
      "building_type,occupancy_density,density_unit,operating_hours_per_day,hvac_share,lighting_share,plug_share,equipment_share,it_share,water_heating_share,unit,region,source,source_year"
  },
  {
    name: "building_thresholds_legacy",
    rows: 18,
    sha256: "db2b16a7e4a83768",
    columns: "used_by,building_type,excellent,good,average,poor,unit,region,source,source_year,check"
  },
  {
    name: "climate_zone_modifiers",
    rows: 13,
    sha256: "25127f697fedd186",
    columns: "climate_zone,eui_modifier,unit,description,region,source,source_year"
  },
  {
    name: "fluid_properties",
    rows: 11,
    sha256: "6c362f4653c408b5",
    columns:
      "phase,fluid,specific_heat,specific_heat_unit,density,density_unit,molar_mass,molar_mass_unit,region,source,source_year,note"
  },
  {
    name: "fuel_combustion_epa",
    rows: 50,
    sha256: "c66de32671977314",
    columns:
      "fuel,native_unit,heat_content,heat_content_unit,co2,co2_unit,ch4,ch4_unit,n2o,n2o_unit,co2_per_native_unit,co2_per_native_unit_unit,co2e_ar5,co2e_ar6,co2e_unit,biogenic,region,source,source_year"
  },
  {
    name: "fuel_factors_by_unit",
    rows: 135,
    sha256: "b45471488e5e0f67",
    columns: "region,fuel,unit,co2,ch4,n2o,co2e_ar5,co2e_ar6,value_unit,scope,biogenic,source,source_year,note"
  },
  {
    name: "grid_by_country",
    rows: 97,
    sha256: "d7174b4b564267aa",
    columns: "region,level,year,factor,unit,basis,preferred_for_scope2,source,source_year,note"
  },
  {
    name: "grid_us_egrid2023",
    rows: 79,
    sha256: "4c7198ea1934c736",
    columns:
      "region,code,level,name,factor,unit,factor_lb_mwh,factor_lb_unit,basis,gwp_set,data_year,source,source_year"
  },
  {
    name: "gwp",
    rows: 46,
    sha256: "29aa9a0fd0e8055f",
    columns: "gas,name,composition_mass,gwp100_ar4,gwp100_ar5,gwp100_ar6,gwp20_ar6,unit,region,source,source_year,kind"
  },
  {
    name: "heat_exchanger_technologies",
    rows: 8,
    sha256: "c7900c1dddefd8c2",
    columns:
      "technology,effectiveness,u_gas_gas,u_gas_liquid,u_liquid_liquid,u_unit,cost_per_ft2,cost_per_ft2_unit,cost_per_mmbtu_h,cost_per_mmbtu_h_unit,base_cost,base_cost_unit,maintenance,fouling_tolerance,temp_min,temp_max,temp_unit,space_class,region,source,source_year"
  },
  {
    name: "heat_pump_constants",
    rows: 17,
    sha256: "fa52507e208c9f4f",
    columns: "parameter,key,value,unit,region,source,source_year"
  },
  {
    name: "insulation_materials",
    rows: 6,
    sha256: "a8b4db5deddfccc2",
    columns:
      "material,conductivity,conductivity_unit,max_temp,temp_unit,density,density_unit,cost,cost_unit,r_value_per_inch,r_unit,region,source,source_year"
  },
  {
    name: "process_temperatures",
    rows: 9,
    sha256: "309bbd25aa37ce05",
    columns: "process,min_c,max_c,optimal_c,tolerance_c,unit,region,source,source_year"
  },
  {
    name: "recommendation_measures",
    rows: 19,
    sha256: "e70ce76aa89716d2",
    columns:
      "measure_id,category,trigger,saving_low,saving_high,unit,saving_base,cost_class,payback_low_years,payback_high_years,priority,region,source,source_year"
  },
  {
    name: "refrigerant_limits",
    rows: 12,
    sha256: "75d0490be6d7ae8d",
    columns:
      "refrigerant,critical_temp_c,critical_temp_f,max_practical_condensing_c,max_practical_condensing_f,unit,original_limit_f,flag,region,source,source_year"
  },
  {
    name: "scope3_screening_epa",
    rows: 7,
    sha256: "39a189fbca4210a1",
    columns: "category,factor,unit,original_value,flag,region,source,source_year"
  },
  {
    name: "solar_collectors",
    rows: 3,
    sha256: "e94c14d61c974187",
    columns:
      "collector,peak_efficiency,temp_min,temp_max,temp_unit,cost_low,cost_high,cost_unit,concentration_ratio,region,source,source_year"
  },
  {
    name: "thermal_storage_media",
    rows: 10,
    sha256: "8ed36217d87992e3",
    columns:
      "class,medium,specific_heat,specific_heat_unit,density,density_unit,conductivity,conductivity_unit,temp_min,temp_max,temp_unit,latent_heat,latent_heat_unit,cost,cost_unit,region,source,source_year,note"
  },
  {
    name: "thermal_storage_technologies",
    rows: 7,
    sha256: "adbcd91fb5d26a59",
    columns:
      "technology,temp_min,temp_max,temp_unit,energy_density,energy_density_unit,round_trip_efficiency,capex_low,capex_high,capex_unit,opex_fraction_capex,lifetime_years,maturity,region,source,source_year"
  },
  {
    name: "unit_conversions",
    rows: 19,
    sha256: "c67cc19db37962c0",
    columns: "from_unit,to_unit,factor,kind,unit,region,source,source_year"
  },
  {
    name: "waste_heat_processes",
    rows: 10,
    sha256: "335d71b2153aeee7",
    columns:
      "process_type,temperature,temperature_unit,waste_heat_share,waste_heat_share_unit,stream_type,fouling_risk,particulate,particulate_unit,corrosion_risk,accessibility,region,source,source_year"
  }
]

describe("ReferenceData", () => {
  it("holds every published table", () => {
    assert.deepStrictEqual(referenceData.map((table) => table.name), published.map((table) => table.name))
  })

  it.each(published)("keeps $name as published", ({ columns, name, rows, sha256 }) => {
    const table = referenceData.find((table) => table.name === name)!
    assert.strictEqual(Object.keys(table.columns).join(","), columns)
    assert.strictEqual(table.csv.slice(0, table.csv.indexOf("\n")), columns)
    assert.strictEqual(ReferenceTable.rows(table).length, rows)
    assert.strictEqual(createHash("sha256").update(table.csv).digest("hex").slice(0, 16), sha256)
  })

  it.each([...referenceData])("cites a source and a year in every row of $name", (table) => {
    for (const row of ReferenceTable.rows(table)) {
      assert.isString(row["source"])
      assert.isNumber(row["source_year"])
      assert.isString(row["region"])
    }
  })
})
