/**
 * Rating thresholds of the original project, for regression only.
 * `check` says why they are not to be used for anything else.
 */
import type { ReferenceTable } from "./ReferenceTable.ts"

/**
 * Rating thresholds of the original project, for regression only.
 *
 * @category tables
 */
export const buildingThresholdsLegacy: ReferenceTable = {
  name: "building_thresholds_legacy",
  key: ["used_by", "building_type"],
  columns: {
    used_by: "TEXT NOT NULL",
    building_type: "TEXT NOT NULL",
    excellent: "DOUBLE PRECISION NOT NULL",
    good: "DOUBLE PRECISION NOT NULL",
    average: "DOUBLE PRECISION NOT NULL",
    poor: "DOUBLE PRECISION NOT NULL",
    unit: "TEXT NOT NULL",
    region: "TEXT NOT NULL",
    source: "TEXT NOT NULL",
    source_year: "INTEGER NOT NULL",
    check: "TEXT NOT NULL"
  },
  csv: `used_by,building_type,excellent,good,average,poor,unit,region,source,source_year,check
intensity_agent,commercial_office,10,20,35,50,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,hospital,30,50,75,100,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,data_center,200,400,600,800,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,retail,15,30,45,60,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,warehouse,5,10,20,30,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,hotel,20,35,50,70,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
intensity_agent,education,12,25,40,55,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
benchmark_agent,commercial_office,20,35,50,70,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
benchmark_agent,retail,25,40,55,75,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
benchmark_agent,warehouse,15,25,35,50,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
benchmark_agent,residential,15,25,35,45,kg CO2e/ft2/yr as labelled,US,original project constants (no primary source found),2025,LEGACY: 5-10x too high as kg/ft2; plausible only as kg/m2. Use for regression only
building_profile_agent,commercial_office,30,50,75,100,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,hospital,100,150,200,250,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,data_center,500,750,1000,1500,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,retail,40,65,90,120,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,warehouse,15,25,35,50,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,hotel,60,85,110,140,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
building_profile_agent,education,35,55,75,95,kBtu/ft2/yr (relabelled),US,original project constants (no primary source found),2025,LEGACY: original labels these kWh/ft2; magnitudes match kBtu/ft2
`
}
