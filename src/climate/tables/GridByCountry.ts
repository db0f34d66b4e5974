/**
 * Emission factors of electricity by country and province.
 * Ember Yearly Electricity Data, CC BY 4.0 (lifecycle basis); UK DESNZ, OGL v3; US EPA eGRID, public domain; EEA, ECCC
 * and India CEA as cited in `source`. Contains public sector information licensed under the Open Government Licence v3.0.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Emission factors of electricity by country and province.
 *
 * @category tables
 */
export const gridByCountry: ReferenceTable = {
  name: "grid_by_country",
  key: ["region", "basis", "year"],
  columns: {
    region: "TEXT NOT NULL",
    level: "TEXT NOT NULL",
    year: "INTEGER NOT NULL",
    factor: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    basis: "TEXT NOT NULL",
    preferred_for_scope2: "BOOLEAN NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    note: "TEXT"
  },
  csv: `region,level,year,factor,unit,basis,preferred_for_scope2,source,source_year,note
US,country,2024,0.38355,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
UK,country,2024,0.21579,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
EU,aggregate,2024,0.21302,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
DE,country,2024,0.34206,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
FR,country,2024,0.04418,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
IN,country,2024,0.70896,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CN,country,2024,0.5575,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
JP,country,2024,0.48373,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
BR,country,2024,0.10606,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
KR,country,2024,0.41565,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CA,country,2024,0.18499,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
AU,country,2024,0.55376,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
IT,country,2024,0.28775,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
ES,country,2024,0.14615,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
NL,country,2024,0.2527,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
SE,country,2024,0.03589,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
NO,country,2024,0.03075,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
PL,country,2024,0.61498,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
MX,country,2024,0.48314,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
ZA,country,2024,0.7139,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
ID,country,2023,0.68243,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2024,
SG,country,2024,0.49874,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
AE,country,2024,0.46751,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
SA,country,2024,0.69195,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
TR,country,2024,0.4697,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
VN,country,2024,0.48613,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
TH,country,2024,0.55543,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
MY,country,2024,0.60443,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
NZ,country,2024,0.12011,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CH,country,2024,0.03672,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
BE,country,2024,0.11758,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
DK,country,2024,0.1433,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
IE,country,2024,0.27979,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
AT,country,2024,0.10262,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CL,country,2024,0.26552,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
AR,country,2024,0.34483,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
EG,country,2024,0.5745,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
NG,country,2024,0.50785,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
KE,country,2024,0.08483,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
PH,country,2024,0.61338,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
TW,country,2024,0.63515,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
PT,country,2024,0.1118,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
FI,country,2024,0.07225,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CZ,country,2024,0.41386,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
GR,country,2024,0.31976,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
HU,country,2024,0.18282,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
RO,country,2024,0.24555,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
IL,country,2023,0.56726,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2024,
PK,country,2024,0.39861,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
BD,country,2024,0.69463,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
UA,country,2022,0.25047,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2024,
KZ,country,2024,0.80179,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
CO,country,2024,0.2858,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
PE,country,2024,0.26327,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
MA,country,2024,0.57765,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
WORLD,aggregate,2024,0.47294,kg CO2e/kWh,"lifecycle, generation, AR5 100y",false,Ember Yearly Electricity Data (CC BY 4.0),2025,
US,country,2023,0.34967,kg CO2e/kWh,"direct combustion, generation, excl. T&D",true,US EPA eGRID2023 Rev 2,2025,770.884 lb CO2e/MWh
UK,country,2025,0.177,kg CO2e/kWh,"direct, generation, excl. T&D",true,UK DESNZ GHG conversion factors 2025,2025,2-year data lag in the factor set
UK,country,2024,0.20705,kg CO2e/kWh,"direct, generation, excl. T&D",true,UK DESNZ GHG conversion factors 2024,2024,
IN,country,2020,0.7026,kg CO2/kWh,"direct CO2, generation incl. RES and captive, excl. imports",false,India CEA CO2 Baseline Database v21.0,2025,Indian fiscal year 2020-21; CO2 only
IN,country,2021,0.7152,kg CO2/kWh,"direct CO2, generation incl. RES and captive, excl. imports",false,India CEA CO2 Baseline Database v21.0,2025,Indian fiscal year 2021-22; CO2 only
IN,country,2022,0.7191,kg CO2/kWh,"direct CO2, generation incl. RES and captive, excl. imports",false,India CEA CO2 Baseline Database v21.0,2025,Indian fiscal year 2022-23; CO2 only
IN,country,2023,0.729,kg CO2/kWh,"direct CO2, generation incl. RES and captive, excl. imports",false,India CEA CO2 Baseline Database v21.0,2025,Indian fiscal year 2023-24; CO2 only
IN,country,2024,0.7117,kg CO2/kWh,"direct CO2, generation incl. RES and captive, excl. imports",true,India CEA CO2 Baseline Database v21.0,2025,Indian fiscal year 2024-25; CO2 only
AT,country,2023,0.085,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
BE,country,2023,0.145,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
BG,country,2023,0.281,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
HR,country,2023,0.134,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
CY,country,2023,0.585,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
CZ,country,2023,0.44,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
DK,country,2023,0.094,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
EE,country,2023,0.69,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
FI,country,2023,0.04,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
FR,country,2023,0.05,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
DE,country,2023,0.329,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
GR,country,2023,0.258,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
HU,country,2023,0.154,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
IE,country,2023,0.26,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
IT,country,2023,0.225,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
LV,country,2023,0.067,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
LT,country,2023,0.124,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
LU,country,2023,0.056,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
MT,country,2023,0.342,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
NL,country,2023,0.263,kg CO2e/kWh,"direct, generation",true,EEA GHG emission intensity of electricity generation,2024,single secondary reading; re-verify before use in filings
CA-ON,province,2025,0.038,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-QC,province,2025,0.0017,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-BC,province,2025,0.015,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-AB,province,2025,0.49,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-SK,province,2025,0.67,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-MB,province,2025,0.0014,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-NB,province,2025,0.35,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-NS,province,2025,0.7,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-PE,province,2025,0.35,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-NL,province,2025,0.018,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-YT,province,2025,0.07,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-NT,province,2025,0.19,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
CA-NU,province,2025,0.82,kg CO2e/kWh,"direct, consumption intensity",true,ECCC Emission factors and reference values (2025 reporting),2025,single secondary reading
`
}
