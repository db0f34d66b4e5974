/**
 * The footprint of a facility, from the tables that ship with the library and without a key: what it emits, by scope and
 * source, where each number was published, and how the pipeline that computed it looks.
 */
import { Effect, Layer } from "effect"
import { Mermaid, Offline } from "greenlang"
import { Footprint, ReferenceTables } from "greenlang/climate"
import { Database } from "greenlang/database"
import facility from "./facility.json" with { type: "json" }

const Services = Layer.merge(Layer.provide(ReferenceTables.layer, Database.layerMemory), Offline.layer)

const { metadata, value } = await Effect.runPromise(Effect.provide(Footprint.run(facility), Services))

console.log(`${value.name}: ${value.total_co2e_tons} t CO2e`)
for (const [scope, kg] of Object.entries(value.by_scope ?? {})) console.log(`  scope ${scope}: ${kg} kg`)
for (const { co2e_kg, percentage, source } of value.emissions_breakdown) {
  console.log(`  ${source}: ${co2e_kg} kg, ${percentage} percent`)
}

console.log("\nFactors:")
for (const { name, source, unit, value } of metadata.citations.filter((citation) => citation.kind === "factor")) {
  console.log(`  ${name}: ${value} ${unit}, ${source}`)
}

console.log(`\n${Mermaid.render(Footprint)}`)
