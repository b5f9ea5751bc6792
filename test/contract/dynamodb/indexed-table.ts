/** A table with an index of either kind. */
export const INDEXED_TABLE = {
  TableName: 'indexed',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'colour', 'place'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: ['colour', 'place'].map((AttributeName) => ({
    IndexName: AttributeName,
    KeySchema: [{ AttributeName, KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  })),
  LocalSecondaryIndexes: [
    {
      IndexName: 'near',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'place', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** One of three items, under other keys of its indexes each turn. */
export const indexedItem = (turn: number): Record<'pk' | 'sk' | 'colour' | 'place', { S: string }> => ({
  pk: { S: 'all' },
  sk: { S: String(turn % 3) },
  colour: { S: `colour-${turn}` },
  place: { S: `place-${turn}` },
});
