/**
 * A machine that is no CI, wherever the tests run: there cassettes may be recorded.
 */
import { ConfigProvider, Effect } from "effect"

/** Runs it there, without any other setting either. */
export const atHome = Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
