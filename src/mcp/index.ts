export * as McpAgents from "./McpAgents.ts"
