/** Frequent words of English, German, French, Spanish, Italian, Portuguese and Dutch: they say little about a text's subject. */
const LISTS = [
  'a about after all also am an and any are as at be because been before being between both but by can could did do does doing down during each few for from further had has have having he her here hers him his how i if in into is it its itself just me more most my no nor not now of off on once only or other our out over own same she should so some such than that the their them then there these they this those through to too under until up us very was we were what when where which while who whom why will with would you your tell tells told say says said',
  'aber als am an auch auf aus bei bin bis das dass dem den der des die doch durch ein eine einem einen einer es für hat haben ich ihr im in ist ja kann man mit nach nicht noch nur oder sein sich sie sind so über um und uns vom von vor war was wenn werden wie wird wir zu zum zur',
  'au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur lui ma mais me même mes mon ne nos notre nous on ou où par pas pour qu que qui sa sans se ses son sont sur ta te tu un une vos votre vous',
  'al como con cuando del desde donde el ella ellos entre era es esta este esto fue ha hay la las lo los más mi muy no o para pero por porque qué que se según ser si sin sobre son su sus también un una y ya',
  'che chi ci con così da dei del della delle di dove e ed era gli ha i il io le ma nei nel nella non per più quando quello questa questo se sono su sua suo un uno',
  'ao aos as até com da das de do dos ela ele em era essa esse está eu foi já mais mas na nas no nos não os ou para pela pelo por quando que quem seu são sua também um uma você',
  'aan al als bij dan dat de deze die dit door een en er het hij hoe ik in is je kan maar met mijn naar niet nog nu of om onder ook op over te tot uit van voor was wat we wel werd wie wij ze zich zij zijn zo',
];

/** Returns the stop words, each once. */
export function listStopWords(): Set<string> {
  return new Set(LISTS.flatMap((list) => list.split(' ')));
}
