import { clean } from 'appsctl';
import { aws } from './options.js';

const { removals, kept } = await clean({
  aws,
  beforeChanges: ({ removals }) => console.log(`${removals.length} resources are removed`),
});
for (const { kind, name } of removals) console.log('removed', kind, name);
for (const { kind, name, reason } of kept) console.log('kept', kind, name, reason);
