// Moves items between the keys of their indexes until it is killed: node write-indexes-endlessly.ts <folder>.
import { openDatabase } from '../../../local/dynamodb/database.ts';
import { INDEXED_TABLE, indexedItem } from './indexed-table.ts';

const database = await openDatabase(process.argv[2] ?? '');
const { TableName } = INDEXED_TABLE;
for (let turn = 0; ; turn++) {
  const Item = indexedItem(turn);
  const { pk, sk } = Item;
  if (turn % 5 === 4) await database.call('DeleteItem', { TableName, Key: { pk, sk } });
  else if (turn % 2 === 0) await database.call('PutItem', { TableName, Item });
  else await database.call('BatchWriteItem', { RequestItems: { [TableName]: [{ PutRequest: { Item } }] } });
  if (turn === 20) process.stdout.write('writing\n');
}
