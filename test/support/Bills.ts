/** Gas that was bought in the United States. */
export const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm", country: "US" }

/** A year of a building in California. */
export const facility = {
  country: "US",
  subregion: "CAMX",
  fuels: [{ fuel_type: "natural_gas", amount: 1000, unit: "therms" }],
  electricity_kwh: 250000,
  area_sqft: 50000
}
