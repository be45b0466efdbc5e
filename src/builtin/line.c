/*
 * line -- a terminal line: its two ends, its modes, and what travels towards the program
 */
#include "line.h"

#include "sys.h"

#include <asm/termios.h>

/*
 * A socket's end is seen by every read after it, a terminal's by one only: enough for
 * the part of a line that is left over and for a pipeline or script of readers.
 */
enum { END_COUNT = 16 };

static long
line_set_raw(int slave)
{
	struct termios modes = {
		.c_cflag = CS8 | CREAD | B38400,
		.c_lflag = ICANON | IEXTEN,
	};

	modes.c_cc[VMIN] = 1;
	modes.c_cc[VLNEXT] = 'V' & 0x1f;
	modes.c_cc[VEOF] = 'D' & 0x1f;
	return sys_ioctl(slave, TCSETS, &modes);
}

static long
line_open_slave(struct line *line, const char **ret_what)
{
	static const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	static const int unlocked = 0;
	long error = sys_ioctl(line->master, TIOCSPTLCK, &unlocked);
	long slave;

	*ret_what = "unlock a terminal";
	if (error < 0)
		return error;
	*ret_what = "open the program's end of a terminal";
	slave =
	    sys_ioctl_number(line->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return slave;
	line->slave = (int)slave;
	*ret_what = "set a terminal's modes";
	error = sys_ioctl(line->master, TIOCSWINSZ, &size);
	if (error >= 0 && line->is_raw)
		error = line_set_raw(line->slave);
	return error;
}

long
line_open(struct line *line, const char **ret_what)
{
	long master = sys_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	*ret_what = "open /dev/ptmx";
	if (master < 0)
		return master;
	line->master = (int)master;
	return line_open_slave(line, ret_what);
}

void
line_close(struct line *line)
{
	if (line->master < 0)
		return;
	(void)sys_close(line->master);
	(void)sys_close(line->slave);
	line->master = -1;
	line->slave = -1;
}

long
line_control(const struct line *line)
{
	long error = sys_setsid();

	return error < 0 ? error : sys_ioctl_number(line->slave, TIOCSCTTY, 0);
}

static bool
line_is_canonical(const struct line *line, struct termios *ret_modes)
{
	return sys_ioctl(line->master, TCGETS, ret_modes) >= 0 &&
	       (ret_modes->c_lflag & ICANON) != 0;
}

size_t
line_encode(const struct line *line, const unsigned char *bytes, size_t count,
    unsigned char coded[static LINE_CODED])
{
	struct termios modes;
	bool is_quoted = line->is_raw && line_is_canonical(line, &modes) &&
			 (modes.c_lflag & IEXTEN) != 0;
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_quoted &&
		    (bytes[i] == modes.c_cc[VEOF] || bytes[i] == modes.c_cc[VLNEXT]))
			coded[length++] = modes.c_cc[VLNEXT];
		coded[length++] = bytes[i];
	}
	if (is_quoted && bytes[count - 1] != '\n')
		coded[length++] = modes.c_cc[VEOF];
	return length;
}

size_t
line_encode_end(const struct line *line, unsigned char coded[static LINE_CODED])
{
	struct termios modes = { .c_lflag = 0 };
	size_t length = line_is_canonical(line, &modes) ? END_COUNT : 1;

	for (size_t i = 0; i < length; i++)
		coded[i] = modes.c_cc[VEOF];
	return length;
}
