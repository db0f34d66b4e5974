/**
 * Settings of a machine outside of CI, wherever the tests run: cassettes may be recorded.
 */
import { ConfigProvider, Effect } from "effect"

/** Runs it there, without any other setting either. */
export const atHome = Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
