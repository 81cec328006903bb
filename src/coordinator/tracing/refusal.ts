/** Why a function cannot be traced: the end of a sentence that names it. */
export class Refusal extends Error {}
