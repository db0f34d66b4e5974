/**
 * Global warming potentials by gas and IPCC assessment report.
 * IPCC AR4, AR5 and AR6 WG1, as cited in `source`.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Global warming potentials by gas and IPCC assessment report.
 *
 * @category tables
 */
export const gwp: ReferenceTable = {
  name: "gwp",
  key: ["gas"],
  columns: {
    gas: "TEXT NOT NULL",
    name: "TEXT NOT NULL",
    composition_mass: "TEXT",
    gwp100_ar4: "DOUBLE PRECISION",
    gwp100_ar5: "DOUBLE PRECISION",
    gwp100_ar6: "DOUBLE PRECISION NOT NULL",
    gwp20_ar6: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    kind: "TEXT NOT NULL"
  },
  csv: `gas,name,composition_mass,gwp100_ar4,gwp100_ar5,gwp100_ar6,gwp20_ar6,unit,region,source,source_year,kind
CO2,carbon dioxide,,1,1,1,1,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
CH4_fossil,"methane, fossil",,25,28,29.8,82.5,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
CH4_non_fossil,"methane, non-fossil",,25,28,27.0,79.7,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
CH4,"methane, origin unknown",,25,28,27.9,81.2,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
N2O,nitrous oxide,,298,265,273,273,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
SF6,sulphur hexafluoride,,22800,23500,24300,18200,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
NF3,nitrogen trifluoride,,17200,16100,17400,13400,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
CF4,PFC-14,,7390,6630,7380,5300,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
C2F6,PFC-116,,12200,11100,12400,8940,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
C3F8,PFC-218,,8830,8900,9290,6770,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
c-C4F8,PFC-318,,10300,9540,10200,7400,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-23,HFC-23,,14800,12400,14600,12400,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-32,HFC-32,,675,677,771,2690,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-125,HFC-125,,3500,3170,3740,6740,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-134a,HFC-134a,,1430,1300,1530,4140,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-143a,HFC-143a,,4470,4800,5810,7840,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-152a,HFC-152a,,124,138,164,591,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-227ea,HFC-227ea,,3220,3350,3600,5850,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-236fa,HFC-236fa,,9810,8060,8690,7450,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-245fa,HFC-245fa,,1030,858,962,3170,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-365mfc,HFC-365mfc,,794,804,914,2920,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-43-10mee,HFC-43-10mee,,1640,1650,1600,3960,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-11,CFC-11,,4750,4660,6230,8320,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-12,CFC-12,,10900,10200,12500,12700,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-22,HCFC-22,,1810,1760,1960,5690,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-123,HCFC-123,,77,79,90.4,325,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-1234yf,HFO-1234yf,,,1,0.501,1.81,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-1234ze(E),HFO-1234ze(E),,,1,1.37,4.94,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-1233zd(E),HCFO-1233zd(E),,,1,3.88,14,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-1336mzz(Z),HFO-1336mzz(Z),,,2,2.08,7.48,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-290,propane,,,,0.02,0.072,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-600a,isobutane,,,,0.006,0.022,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-717,ammonia,,0,0,0,0,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-744,carbon dioxide as refrigerant,,1,1,1,1,kg CO2e/kg,global,IPCC AR4 WG1 Table 2.14; AR5 WG1 Table 8.A.1; AR6 WG1 Table 7.SM.7,2021,single gas
R-404A,blend,R-125 44%; R-143a 52%; R-134a 4%,3921.6,3942.8,4728.0,7208.0,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-407A,blend,R-32 20%; R-125 40%; R-134a 40%,2107.0,1923.4,2262.2,4890.0,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-407C,blend,R-32 23%; R-125 25%; R-134a 52%,1773.85,1624.21,1907.93,4456.5,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-407F,blend,R-32 30%; R-125 30%; R-134a 40%,1824.5,1674.1,1965.3,4485.0,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-410A,blend,R-32 50%; R-125 50%,2087.5,1923.5,2255.5,4715.0,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-507A,blend,R-125 50%; R-143a 50%,3985.0,3985.0,4775.0,7290.0,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-448A,blend,R-32 26%; R-125 26%; R-1234yf 20%; R-134a 21%; R-1234ze(E) 7%,,1273.49,1494.36,3321.91,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-449A,blend,R-32 24.3%; R-125 24.7%; R-1234yf 25.3%; R-134a 25.7%,,1281.85,1504.47,3382.89,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-452A,blend,R-32 11%; R-125 59%; R-1234yf 30%,,1945.07,2291.56,4273.04,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-454B,blend,R-32 68.9%; R-1234yf 31.1%,,466.764,531.375,1853.97,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-455A,blend,R-744 3%; R-32 21.5%; R-1234yf 75.5%,,146.34,166.173,579.747,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
R-513A,blend,R-1234yf 56%; R-134a 44%,,572.56,673.481,1822.61,kg CO2e/kg,global,mass-weighted from component GWPs; ASHRAE 34 composition,2021,derived
`
}
