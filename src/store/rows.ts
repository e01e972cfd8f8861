/**
 * Whose a row of a table is, for PostgreSQL to hold to: the column that names its organization, or a condition. In a
 * condition `$organization` is the one that the work acts in, and `$row` the row.
 */
export type RowRule = { readonly column: string } | { readonly condition: string }

/** By table. A table that names an organization and has no rule is a mistake that a test finds. */
export type RowRules = Readonly<Record<string, RowRule>>

/** The rule of a table whose rows name their organization. A row that names none is seen by work across all alone. */
export const OWN: RowRule = Object.freeze({ column: 'organization' })

/** The rule of a table whose rows belong to a row of another. */
export function ofParent(column: string, parent: string, key = 'id'): { readonly condition: string } {
  return { condition: `exists (select 1 from ${parent} parent where parent.${key} = $row.${column})` }
}
