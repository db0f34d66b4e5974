/**
 * Every reference table, in alphabetical order.
 */
import { boilerBaseAndRadiationLoss } from "./BoilerBaseAndRadiationLoss.ts"
import { boilerEfficiency } from "./BoilerEfficiency.ts"
import { buildingEuiBenchmarks } from "./BuildingEuiBenchmarks.ts"
import { buildingProfiles } from "./BuildingProfiles.ts"
import { buildingThresholdsLegacy } from "./BuildingThresholdsLegacy.ts"
import { climateZoneModifiers } from "./ClimateZoneModifiers.ts"
import { fluidProperties } from "./FluidProperties.ts"
import { fuelCombustionEpa } from "./FuelCombustionEpa.ts"
import { fuelFactorsByUnit } from "./FuelFactorsByUnit.ts"
import { gridByCountry } from "./GridByCountry.ts"
import { gridUsEgrid2023 } from "./GridUsEgrid2023.ts"
import { gwp } from "./Gwp.ts"
import { heatExchangerTechnologies } from "./HeatExchangerTechnologies.ts"
import { heatPumpConstants } from "./HeatPumpConstants.ts"
import { insulationMaterials } from "./InsulationMaterials.ts"
import { processTemperatures } from "./ProcessTemperatures.ts"
import { recommendationMeasures } from "./RecommendationMeasures.ts"
import type { ReferenceTable } from "./ReferenceTable.ts"
import { refrigerantLimits } from "./RefrigerantLimits.ts"
import { scope3ScreeningEpa } from "./Scope3ScreeningEpa.ts"
import { solarCollectors } from "./SolarCollectors.ts"
import { thermalStorageMedia } from "./ThermalStorageMedia.ts"
import { thermalStorageTechnologies } from "./ThermalStorageTechnologies.ts"
import { unitConversions } from "./UnitConversions.ts"
import { wasteHeatProcesses } from "./WasteHeatProcesses.ts"

/**
 * The reference tables that the first migration creates and fills.
 *
 * @category tables
 */
export const referenceData: ReadonlyArray<ReferenceTable> = [
  boilerBaseAndRadiationLoss,
  boilerEfficiency,
  buildingEuiBenchmarks,
  buildingProfiles,
  buildingThresholdsLegacy,
  climateZoneModifiers,
  fluidProperties,
  fuelCombustionEpa,
  fuelFactorsByUnit,
  gridByCountry,
  gridUsEgrid2023,
  gwp,
  heatExchangerTechnologies,
  heatPumpConstants,
  insulationMaterials,
  processTemperatures,
  recommendationMeasures,
  refrigerantLimits,
  scope3ScreeningEpa,
  solarCollectors,
  thermalStorageMedia,
  thermalStorageTechnologies,
  unitConversions,
  wasteHeatProcesses
]
