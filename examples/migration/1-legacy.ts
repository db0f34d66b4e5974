/**
 * Before: synchronous agents, one after the other. Ten calls take as long as ten answers of the service.
 */
import { Rating } from "./LegacyRating.ts"
import { SiteEmissions } from "./LegacySiteEmissions.ts"
import { report, sites } from "./OldCaller.ts"
import * as World from "./World.ts"

await using _world = await World.open()

const lines = report({ emissions: new SiteEmissions(), rating: new Rating() }, sites)
console.log(lines.join("\n"))

const emissions = new SiteEmissions()
const began = performance.now()
for (let call = 0; call < 10; call++) emissions.execute({ site: "Hall" })
console.log(`Ten calls: ${(performance.now() - began).toFixed(0)} ms.`)
emissions.cleanup()
