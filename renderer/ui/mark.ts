/** What a StateMark can say: ● pending, ✓ positive, ✕ negative, ⊘ blocked, ◌ waiting, ⚑ attention, ○ neutral. */
export type Mark = 'pending' | 'positive' | 'negative' | 'blocked' | 'waiting' | 'attention' | 'neutral';
