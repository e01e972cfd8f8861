import type { FieldNode } from './field.ts'
import { configNode } from './schema.ts'

/**
 * The JSON Schema (draft 2020-12) of a configuration file, for editors. What is read from the environment only is not
 * in it.
 *
 * @example // first line of sallyport.yaml
 * // # yaml-language-server: $schema=./sallyport.schema.json
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Sallyport', ...publish(configNode) }
}

function publish(node: FieldNode): Record<string, unknown> {
  const { sallyport: _, properties, items, additionalProperties, ...keywords } = node
  const inFiles = Object.entries(properties ?? {}).filter(([, child]) => child.sallyport.environmentOnly !== true)
  return {
    ...keywords,
    ...(properties !== undefined && {
      properties: Object.fromEntries(inFiles.map(([name, child]) => [name, publish(child)])),
    }),
    ...(items !== undefined && { items: publish(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties === false ? false : publish(additionalProperties),
    }),
  }
}
