/**
 * Efficiency measures: trigger, saving, cost class and payback.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Efficiency measures: trigger, saving, cost class and payback.
 *
 * @category tables
 */
export const recommendationMeasures: ReferenceTable = {
  name: "recommendation_measures",
  key: ["measure_id"],
  columns: {
    measure_id: "TEXT NOT NULL",
    category: "TEXT NOT NULL",
    trigger: "TEXT NOT NULL",
    saving_low: "DOUBLE PRECISION NOT NULL",
    saving_high: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    saving_base: "TEXT NOT NULL",
    cost_class: "TEXT NOT NULL",
    payback_low_years: "DOUBLE PRECISION",
    payback_high_years: "DOUBLE PRECISION",
    priority: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv:
    `measure_id,category,trigger,saving_low,saving_high,unit,saving_base,cost_class,payback_low_years,payback_high_years,priority,region,source,source_year
hvac_high_efficiency_upgrade,hvac,hvac_share>0.40,20,30,percent,HVAC energy,high,5,7,high,global,original project rule table (secondary; typical ranges),2025
smart_thermostats_zoning,hvac,hvac_share>0.40,10,15,percent,HVAC energy,low,1,2,high,global,original project rule table (secondary; typical ranges),2025
demand_controlled_ventilation,hvac,hvac_share>0.40,5,10,percent,HVAC energy,medium,3,4,medium,global,original project rule table (secondary; typical ranges),2025
replace_aged_hvac_units,hvac,hvac_share>0.40 and age>15,25,35,percent,HVAC energy,high,4,6,high,global,original project rule table (secondary; typical ranges),2025
hvac_maintenance_filters,hvac,hvac_share>0.40 and age>15,5,10,percent,HVAC energy,low,0,0,high,global,original project rule table (secondary; typical ranges),2025
led_retrofit,lighting,electricity_share>0.60,50,70,percent,lighting energy,medium,2,3,high,global,original project rule table (secondary; typical ranges),2025
occupancy_sensors,lighting,electricity_share>0.60,20,30,percent,lighting energy,low,1,2,high,global,original project rule table (secondary; typical ranges),2025
daylight_dimming,lighting,electricity_share>0.60,15,25,percent,lighting energy,medium,3,4,medium,global,original project rule table (secondary; typical ranges),2025
wall_insulation,envelope,age>20,10,20,percent,heating and cooling energy,high,7,10,medium,global,original project rule table (secondary; typical ranges),2025
window_upgrade,envelope,age>20,5,15,percent,HVAC load,high,10,15,low,global,original project rule table (secondary; typical ranges),2025
air_sealing,envelope,age>20,5,10,percent,HVAC load,low,1,1,high,global,original project rule table (secondary; typical ranges),2025
rooftop_pv,renewable,electricity_share>0.60,30,70,percent,grid electricity,high,5,8,high,global,original project rule table (secondary; typical ranges),2025
renewable_certificates,renewable,electricity_share>0.60,100,100,percent,market-based Scope 2 only,low,,,medium,global,original project rule table (secondary; typical ranges),2025
green_ppa,renewable,electricity_share>0.60,50,100,percent,market-based Scope 2 only,medium,0,0,high,global,original project rule table (secondary; typical ranges),2025
energy_management_system,operations,"rating in Below Average, Poor",10,20,percent,whole building,medium,2,3,high,global,original project rule table (secondary; typical ranges),2025
energy_audit,operations,"rating in Below Average, Poor",15,30,percent,identified potential,low,0,0,high,global,original project rule table (secondary; typical ranges),2025
staff_training,operations,"rating in Below Average, Poor",5,10,percent,whole building,low,0,0,medium,global,original project rule table (secondary; typical ranges),2025
low_flow_fixtures,water,water use high,20,30,percent,water use,low,1,1,high,global,original project rule table (secondary; typical ranges),2025
rainwater_harvesting,water,water use high,30,50,percent,water use,medium,5,7,medium,global,original project rule table (secondary; typical ranges),2025
`
}
