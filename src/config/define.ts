import type { ConfigInput } from './schema.ts'

/**
 * Gives a configuration written in TypeScript its type: completion and checks while writing. It is read and checked
 * like YAML when it is loaded.
 *
 * @example
 * // sallyport.config.ts
 * export default defineConfig({ control: { port: 4100 } })
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}
