/**
 * Creates the published reference tables and fills them.
 */
import * as Effect from "effect/Effect"
import { referenceData } from "./ReferenceData.ts"
import * as ReferenceTable from "./ReferenceTable.ts"

/**
 * One SQL table for each published one.
 *
 * @category migrations
 */
export const migration = Effect.forEach(referenceData, ReferenceTable.create, { discard: true })
