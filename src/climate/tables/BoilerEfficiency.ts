/**
 * Seasonal boiler efficiency by fuel, type and age.
 * "secondary" in `source` means an engineering constant without a primary source.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Seasonal boiler efficiency by fuel, type and age.
 *
 * @category tables
 */
export const boilerEfficiency: ReferenceTable = {
  name: "boiler_efficiency",
  key: ["fuel", "boiler_type", "age_class"],
  columns: {
    fuel: "TEXT NOT NULL",
    boiler_type: "TEXT NOT NULL",
    age_class: "TEXT NOT NULL",
    efficiency: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `fuel,boiler_type,age_class,efficiency,unit,region,source,source_year
natural_gas,condensing,new,0.95,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,condensing,medium,0.92,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,condensing,old,0.88,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,standard,new,0.85,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,standard,medium,0.8,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,standard,old,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,low_efficiency,new,0.78,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,low_efficiency,medium,0.72,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,low_efficiency,old,0.65,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,modulating,new,0.92,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,modulating,medium,0.88,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
natural_gas,modulating,old,0.84,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,condensing,new,0.92,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,condensing,medium,0.88,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,condensing,old,0.84,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,standard,new,0.83,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,standard,medium,0.78,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,standard,old,0.72,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,low_efficiency,new,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,low_efficiency,medium,0.68,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
fuel_oil,low_efficiency,old,0.6,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,condensing,new,0.94,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,condensing,medium,0.91,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,condensing,old,0.87,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,standard,new,0.84,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,standard,medium,0.79,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,standard,old,0.74,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,low_efficiency,new,0.76,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,low_efficiency,medium,0.7,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
propane,low_efficiency,old,0.63,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,modern,new,0.85,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,modern,medium,0.8,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,modern,old,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,standard,new,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,standard,medium,0.7,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,standard,old,0.65,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,traditional,new,0.65,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,traditional,medium,0.55,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
biomass,traditional,old,0.45,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,pulverized,new,0.85,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,pulverized,medium,0.8,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,pulverized,old,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,stoker,new,0.75,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,stoker,medium,0.7,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,stoker,old,0.65,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,hand_fired,new,0.6,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,hand_fired,medium,0.5,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
coal,hand_fired,old,0.4,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,resistance,new,0.99,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,resistance,medium,0.98,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,resistance,old,0.97,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,heat_pump,new,3.5,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,heat_pump,medium,3.0,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,heat_pump,old,2.5,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,ground_source_heat_pump,new,4.5,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,ground_source_heat_pump,medium,4.0,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
electricity,ground_source_heat_pump,old,3.5,COP,US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,modern,new,0.95,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,modern,medium,0.92,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,modern,old,0.88,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,standard,new,0.88,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,standard,medium,0.85,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
district_heating,standard,old,0.8,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,condensing,new,0.94,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,condensing,medium,0.91,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,condensing,old,0.87,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,standard,new,0.84,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,standard,medium,0.79,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
hydrogen,standard,old,0.74,"fraction (HHV, seasonal)",US,original project table (secondary); ranges consistent with DOE/ASHRAE,2024
`
}
