/** Options of the client that a program without types may give. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { InvalidDefinition } from "greenlang"
import * as Http from "greenlang/http/Http"
import { thrown } from "../support/Thrown.ts"

const wrong: ReadonlyArray<readonly [name: keyof Http.Options, value: unknown]> = [
  ...[NaN, "5", -1, 1.5, Infinity, null].map((value) => ["maxBodyBytes", value] as const),
  ...[NaN, "3", -1, 0.5, Infinity, null].map((value) => ["retries", value] as const),
  ...(["timeout", "pause", "maxPause"] as const).flatMap((name) =>
    [NaN, -1, "soon", null].map((value) => [name, value] as const)
  )
]

describe("Http.layer", () => {
  for (const [name, value] of wrong) {
    it(`refuses ${name} of ${typeof value} ${JSON.stringify(value) ?? ""} ${String(value)}`, () => {
      const error = thrown(() => Http.layer({ [name]: value as never }))
      assert(error instanceof InvalidDefinition)
      assert.include(error.problem, name)
    })
  }

  it("refuses options that are not an object", () => {
    assert.instanceOf(thrown(() => Http.layer(null as never)), InvalidDefinition)
  })

  it.effect("takes zero attempts again, no body and endless patience", () =>
    Effect.scoped(Layer.build(Http.layer({ retries: 0, maxBodyBytes: 0, timeout: Infinity, pause: 0 }))))

  for (
    const env of [{ GREENLANG_HTTP_RETRIES: "-1" }, { GREENLANG_HTTP_RETRIES: "x" }, { GREENLANG_HTTP_TIMEOUT: "-5s" }]
  ) {
    it.effect(`names the setting that is wrong: ${JSON.stringify(env)}`, () =>
      Effect.gen(function*() {
        const build = Effect.scoped(Layer.build(Http.layerConfig))
        const error = yield* Effect.flip(
          Effect.provide(build, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
        )
        assert.strictEqual(error._tag, "ConfigError")
        assert.include(error.message, Object.keys(env).join())
      }))
  }
})
