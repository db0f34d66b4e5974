/**
 * Unit conversion factors.
 * Exact, or NIST SP 811.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Unit conversion factors.
 *
 * @category tables
 */
export const unitConversions: ReferenceTable = {
  name: "unit_conversions",
  key: ["from_unit", "to_unit"],
  columns: {
    from_unit: "TEXT NOT NULL",
    to_unit: "TEXT NOT NULL",
    factor: "DOUBLE PRECISION NOT NULL",
    kind: "TEXT NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `from_unit,to_unit,factor,kind,unit,region,source,source_year
kWh,MJ,3.6,exact,ratio,global,exact or NIST SP 811,2008
kWh,Btu_IT,3412.14163312794,derived,ratio,global,exact or NIST SP 811,2008
MMBtu,kWh,293.071070172222,derived,ratio,global,exact or NIST SP 811,2008
MMBtu,GJ,1.05505585262,exact,ratio,global,exact or NIST SP 811,2008
therm_US,MMBtu,0.1,approx(EC therm),ratio,global,exact or NIST SP 811,2008
mcf_natural_gas,MMBtu,1.026,EPA default HHV,ratio,global,exact or NIST SP 811,2008
gallon_US,liter,3.785411784,exact,ratio,global,exact or NIST SP 811,2008
lb,kg,0.45359237,exact,ratio,global,exact or NIST SP 811,2008
short_ton,kg,907.18474,exact,ratio,global,exact or NIST SP 811,2008
tonne,kg,1000,exact,ratio,global,exact or NIST SP 811,2008
long_ton,kg,1016.0469088,exact,ratio,global,exact or NIST SP 811,2008
m3,ft3,35.3146667,derived,ratio,global,exact or NIST SP 811,2008
barrel_oil,gallon_US,42,exact,ratio,global,exact or NIST SP 811,2008
m2,ft2,10.7639104,derived,ratio,global,exact or NIST SP 811,2008
ton_refrigeration,kW,3.51685284,derived,ratio,global,exact or NIST SP 811,2008
ton_refrigeration,Btu/h,12000,exact,ratio,global,exact or NIST SP 811,2008
boiler_hp,Btu/h,33475,derived,ratio,global,exact or NIST SP 811,2008
degC,K offset,273.15,exact,ratio,global,exact or NIST SP 811,2008
degF,R offset,459.67,exact,ratio,global,exact or NIST SP 811,2008
`
}
