/**
 * Emission factors of US electricity by eGRID subregion, by state and national.
 * US EPA eGRID2023 Rev 2, public domain.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Emission factors of US electricity by eGRID subregion, by state and national.
 *
 * @category tables
 */
export const gridUsEgrid2023: ReferenceTable = {
  name: "grid_us_egrid2023",
  key: ["code"],
  columns: {
    region: "TEXT NOT NULL",
    code: "TEXT NOT NULL",
    level: "TEXT NOT NULL",
    name: "TEXT",
    factor: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    factor_lb_mwh: "DOUBLE PRECISION NOT NULL",
    factor_lb_unit: "TEXT NOT NULL",
    basis: "TEXT NOT NULL",
    gwp_set: "TEXT NOT NULL",
    data_year: "INTEGER NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL"
  },
  csv: `region,code,level,name,factor,unit,factor_lb_mwh,factor_lb_unit,basis,gwp_set,data_year,source,source_year
US,AKGD,egrid_subregion,ASCC Alaska Grid,0.41055,kg CO2e/kWh,905.11,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,AKMS,egrid_subregion,ASCC Miscellaneous,0.23696,kg CO2e/kWh,522.41,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,AZNM,egrid_subregion,WECC Southwest,0.32033,kg CO2e/kWh,706.21,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,CAMX,egrid_subregion,WECC California,0.19504,kg CO2e/kWh,429.99,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,ERCT,egrid_subregion,ERCOT All,0.33412,kg CO2e/kWh,736.61,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,FRCC,egrid_subregion,FRCC All,0.35598,kg CO2e/kWh,784.8,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,HIMS,egrid_subregion,HICC Miscellaneous,0.51406,kg CO2e/kWh,1133.3,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,HIOA,egrid_subregion,HICC Oahu,0.67989,kg CO2e/kWh,1498.9,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,MROE,egrid_subregion,MRO East,0.6373,kg CO2e/kWh,1405.0,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,MROW,egrid_subregion,MRO West,0.4203,kg CO2e/kWh,926.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,NEWE,egrid_subregion,NPCC New England,0.24639,kg CO2e/kWh,543.2,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,NWPP,egrid_subregion,WECC Northwest,0.28817,kg CO2e/kWh,635.31,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,NYCW,egrid_subregion,NPCC NYC/Westchester,0.39268,kg CO2e/kWh,865.71,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,NYLI,egrid_subregion,NPCC Long Island,0.53946,kg CO2e/kWh,1189.3,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,NYUP,egrid_subregion,NPCC Upstate NY,0.11013,kg CO2e/kWh,242.8,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,PRMS,egrid_subregion,Puerto Rico Miscellaneous,0.70239,kg CO2e/kWh,1548.5,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,RFCE,egrid_subregion,RFC East,0.27179,kg CO2e/kWh,599.19,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,RFCM,egrid_subregion,RFC Michigan,0.44271,kg CO2e/kWh,976.01,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,RFCW,egrid_subregion,RFC West,0.41554,kg CO2e/kWh,916.11,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,RMPA,egrid_subregion,WECC Rockies,0.47287,kg CO2e/kWh,1042.5,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SPNO,egrid_subregion,SPP North,0.39358,kg CO2e/kWh,867.7,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SPSO,egrid_subregion,SPP South,0.39717,kg CO2e/kWh,875.61,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SRMV,egrid_subregion,SERC Mississippi Valley,0.33643,kg CO2e/kWh,741.7,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SRMW,egrid_subregion,SERC Midwest,0.56636,kg CO2e/kWh,1248.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SRSO,egrid_subregion,SERC South,0.38374,kg CO2e/kWh,846.0,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SRTV,egrid_subregion,SERC Tennessee Valley,0.40973,kg CO2e/kWh,903.3,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,SRVC,egrid_subregion,SERC Virginia/Carolina,0.27048,kg CO2e/kWh,596.31,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US,national,US average,0.34967,kg CO2e/kWh,770.89,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-AK,state,,0.3695,kg CO2e/kWh,814.61,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-AL,state,,0.3239,kg CO2e/kWh,714.08,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-AR,state,,0.4529,kg CO2e/kWh,998.47,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-AZ,state,,0.3126,kg CO2e/kWh,689.17,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-CA,state,,0.1791,kg CO2e/kWh,394.85,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-CO,state,,0.4949,kg CO2e/kWh,1091.1,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-CT,state,,0.2453,kg CO2e/kWh,540.79,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-DC,state,,0.1792,kg CO2e/kWh,395.07,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-DE,state,,0.3194,kg CO2e/kWh,704.16,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-FL,state,,0.3579,kg CO2e/kWh,789.03,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-GA,state,,0.3254,kg CO2e/kWh,717.38,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-HI,state,,0.6326,kg CO2e/kWh,1394.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-IA,state,,0.2877,kg CO2e/kWh,634.27,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-ID,state,,0.1424,kg CO2e/kWh,313.94,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-IL,state,,0.2152,kg CO2e/kWh,474.43,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-IN,state,,0.6648,kg CO2e/kWh,1465.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-KS,state,,0.3326,kg CO2e/kWh,733.26,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-KY,state,,0.7924,kg CO2e/kWh,1746.9,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-LA,state,,0.3461,kg CO2e/kWh,763.02,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MA,state,,0.3765,kg CO2e/kWh,830.04,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MD,state,,0.2369,kg CO2e/kWh,522.28,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-ME,state,,0.1437,kg CO2e/kWh,316.8,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MI,state,,0.3617,kg CO2e/kWh,797.41,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MN,state,,0.3412,kg CO2e/kWh,752.22,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MO,state,,0.6598,kg CO2e/kWh,1454.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MS,state,,0.3757,kg CO2e/kWh,828.28,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-MT,state,,0.4826,kg CO2e/kWh,1064.0,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NC,state,,0.2841,kg CO2e/kWh,626.33,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-ND,state,,0.5887,kg CO2e/kWh,1297.9,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NE,state,,0.4653,kg CO2e/kWh,1025.8,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NH,state,,0.1253,kg CO2e/kWh,276.24,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NJ,state,,0.2133,kg CO2e/kWh,470.25,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NM,state,,0.3509,kg CO2e/kWh,773.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NV,state,,0.2921,kg CO2e/kWh,643.97,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-NY,state,,0.2116,kg CO2e/kWh,466.5,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-OH,state,,0.4846,kg CO2e/kWh,1068.4,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-OK,state,,0.2943,kg CO2e/kWh,648.82,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-OR,state,,0.1656,kg CO2e/kWh,365.09,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-PA,state,,0.2939,kg CO2e/kWh,647.94,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-RI,state,,0.381,kg CO2e/kWh,839.96,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-SC,state,,0.2542,kg CO2e/kWh,560.42,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-SD,state,,0.1522,kg CO2e/kWh,335.54,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-TN,state,,0.2999,kg CO2e/kWh,661.17,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-TX,state,,0.3498,kg CO2e/kWh,771.18,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-UT,state,,0.6447,kg CO2e/kWh,1421.3,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-VA,state,,0.2448,kg CO2e/kWh,539.69,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-VT,state,,0.0237,kg CO2e/kWh,52.25,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-WA,state,,0.1209,kg CO2e/kWh,266.54,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-WI,state,,0.5278,kg CO2e/kWh,1163.6,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-WV,state,,0.8931,kg CO2e/kWh,1968.9,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
US,US-WY,state,,0.8316,kg CO2e/kWh,1833.4,lb CO2e/MWh,"location-based generation, excludes T&D loss",AR5,2023,"US EPA eGRID2023 Rev 2, state total output CO2e rate (June 2025; AR5 GWPs)",2023
`
}
