/**
 * A defect that is `undefined`, as JSON. Written as `null`, it would be another defect.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const Written = Schema.TaggedStruct("greenlang/NoDefect", {})

/** `undefined`, written as an object that no other defect is written as. */
export const NoDefect = Written.pipe(
  Schema.decodeTo(
    Schema.Undefined,
    SchemaTransformation.transform({ decode: () => undefined, encode: () => Written.make({}) })
  )
)
