/** Everyday words of English that texts on any subject share: each says little about what a text is about, though more than a stop word. */
const LISTS = [
  'able above according across act action actually add added again against age ago agree air alone along already although always among amount',
  'answer anyone anything appear area around art ask asked attention available away back bad based beautiful became become becomes began begin beginning',
  'behind believe best better beyond big bit black blood blue body book both boy bring brought build building business call called came care carried carry',
  'case cases cause center central certain certainly chance change changes chapter child children city class clear clearly close cold come comes coming',
  'common company complete condition conditions consider considered continue continued control cost country couple course cut dark date day days dead deal death',
  'decided deep described different difficult direction does done door doubt drew drive due ear early easy effect either else end ended enough entire especially',
  'even evening ever every everybody everyone everything evidently exactly example except expect expected experience explain expression eye eyes face fact family far',
  'father fear feel feeling feet fell felt few field figure fill final finally find fine fire first five follow followed following food foot force forces form',
  'former forward found four free friend friends front full further future gave general get gets getting girl give given gives giving glad glance go goes going gone good',
  'got great ground group grow half hand hands happen happened happy hard head health hear heard heart heavy held help high hold home hope horse hour hours house',
  'however human hundred idea important impossible in include included including increase indeed information instead interest interested involved issue item items',
  'keep kept kind knew know known land language large largest last late later law lay lead leader leave led left less let letter level lie life light like likely line list',
  'listen little live lived lives living long longer look looked looking lost lot love low made main major make makes making man manner many mark matter may maybe mean',
  'means member members men mere method mind minute moment money month months morning mother mouth move moved movement much must name natural near nearly necessary need needed',
  'needs never new news next night nine nobody none note nothing notice noticed number object obviously occur offer office officer often oh old one ones open opened order orders',
  'others own page part particular particularly party pass passed past pay people perhaps period person personal persons phone pick picture piece place places plan play please point',
  'points position possible power present president probably problem problems process produce program provide provided public pull put question questions quick quickly quiet quite ran rather',
  'reach reached read ready real really reason received recent red remain remained remember report required rest result results return returned right rise road room round run said sat',
  'save saw say saying says school second section see seeing seem seemed seems seen send sense sent separate serious set seven several shall shook short shot should shoulder show showed',
  'shown side sight silence similar simple simply since single sir sit sitting six small smile smiling sort sound speak special spoke stand standing start started state states stay',
  'step still stood stop stopped story street strength strong struck study subject sudden suddenly support suppose sure system table take taken takes taking talk talked talking tear ten',
  'term terms test thank themselves thing things think thinking third thought thoughts thousand three threw thus time times today together told tone took top total toward towards town tried',
  'true truth try trying turn turned turning two type understand understood unless upon us use used useful user using usual usually value various view visit voice wait waiting walk walked wall want',
  'wanted war watch water way ways week weeks well went whatever whether white whole whose wide wife wish within without woman women wonder word words work worked working world would',
  'write writing written wrote wrong year years yes yesterday yet young yourself',
];

/** Returns the everyday words, each once. */
export function listFrequentWords(): Set<string> {
  return new Set(LISTS.flatMap((list) => list.split(' ')));
}
