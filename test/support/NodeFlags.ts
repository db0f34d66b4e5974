/**
 * How child processes of the tests find `greenlang`: built where all tests run, else from its source.
 */
import { inject } from "vitest"

/** Flags of `node` for a program that imports `greenlang`. */
export const forChild: ReadonlyArray<string> = inject("isBuilt") ? [] : ["--conditions=@greenlang/source"]
