#include "plot.h"

#define BRAILLE_STEPS 4
#define ASCII_STEPS 2

void
plot_add(struct plot *plot, int64_t sample)
{
	plot->newest = (plot->newest + 1) % PLOT_SAMPLES;
	plot->samples[plot->newest] = sample;
	if (plot->count < PLOT_SAMPLES)
		plot->count++;
}

/* `age` 0 is the newest; what was never added is 0. */
static int64_t
sample_at(const struct plot *plot, size_t age)
{
	if (age >= plot->count)
		return 0;
	return plot->samples[(plot->newest + PLOT_SAMPLES - age) % PLOT_SAMPLES];
}

int64_t
plot_peak(const struct plot *plot, size_t width, bool is_braille)
{
	const size_t shown = is_braille ? 2 * width : width;
	int64_t peak = 0;

	for (size_t age = 0; age < shown && age < plot->count; age++)
		if (sample_at(plot, age) > peak)
			peak = sample_at(plot, age);
	return peak;
}

/* How many steps of this line the sample fills.  What is not 0 can be seen. */
static size_t
steps_in_line(const struct plot_field *field, int64_t sample, size_t line)
{
	const size_t each = field->is_braille ? BRAILLE_STEPS : ASCII_STEPS;
	const size_t all = each * field->height,
		     below = each * (field->height - 1 - line);
	size_t filled;

	if (sample <= 0 || field->peak <= 0)
		return 0;
	filled = (size_t)((sample * (int64_t)all + field->peak / 2) / field->peak);
	if (filled == 0)
		filled = 1;
	if (filled <= below)
		return 0;
	return filled - below > each ? each : filled - below;
}

/* The eight dots are numbered down the left side, then the right, but the lowest two
 * came later: U+2800 and a bit for each dot. */
static void
put_braille(struct text *text, size_t left, size_t right)
{
	static const unsigned left_bits[] = { 0, 0x40, 0x44, 0x46, 0x47 };
	static const unsigned right_bits[] = { 0, 0x80, 0xa0, 0xb0, 0xb8 };
	const unsigned code = 0x2800 | left_bits[left] | right_bits[right];

	text_put_char(text, (char)(0xe0 | code >> 12));
	text_put_char(text, (char)(0x80 | (code >> 6 & 0x3f)));
	text_put_char(text, (char)(0x80 | (code & 0x3f)));
}

void
plot_put_line(struct text *text, const struct plot *plot, const struct plot_field *field,
    size_t line)
{
	for (size_t i = field->width; i-- > 0;) {
		if (field->is_braille) {
			put_braille(text,
			    steps_in_line(field, sample_at(plot, 2 * i + 1), line),
			    steps_in_line(field, sample_at(plot, 2 * i), line));
			continue;
		}
		text_put_char(
		    text, " .:"[steps_in_line(field, sample_at(plot, i), line)]);
	}
}
