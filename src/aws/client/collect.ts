/** Collects the items of all pages. */
export async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => (Item | undefined)[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) {
    for (const item of items(page) ?? []) if (item !== undefined) all.push(item);
  }
  return all;
}
