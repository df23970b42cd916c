using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MnistDistributed.Model;
using StackExchange.Redis;

namespace MnistDistributed.Grains.Hosting;

/// <summary>A Redis as people write it, and how it is connected to. Nothing but <see cref="Secret"/> shows a password of it.</summary>
public sealed class RedisAddress
{
    /// <summary>What to give for a Redis, for help and errors.</summary>
    public const string Give = "HOST:PORT, or redis://USER:PASSWORD@HOST:PORT (rediss:// with TLS), or HOST:PORT and options after commas "
        + "as StackExchange.Redis writes them";

    private readonly ConfigurationOptions _options;

    private RedisAddress(string text, ConfigurationOptions options) => (Secret, _options) = (text, options);

    /// <summary>As it was given, with its password: for the environment of a process that this one starts, and nothing else.</summary>
    public string Secret { get; }

    /// <summary>Whether there is a password in it.</summary>
    public bool HasPassword => !string.IsNullOrEmpty(_options.Password);

    /// <summary>Reads <c>HOST:PORT</c> with options after commas, or a URL.</summary>
    /// <exception cref="UsageException">It is no address of a Redis. What was given is not repeated, for what may be in it.</exception>
    public static RedisAddress Parse(string text)
    {
        try
        {
            return new RedisAddress(text, text.Contains("://", StringComparison.Ordinal) ? OfUrl(text) : OfOptions(text));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new UsageException($"--redis: give {Give}. ({OneLine.Brief(e.Message)})");
        }
    }

    /// <summary>The option <c>--redis</c>, which may also be the variable <c>MNIST_REDIS</c>.</summary>
    /// <param name="description">What it is for; what to give is added.</param>
    public static Option<RedisAddress?> Option(string description)
    {
        var option = new Option<RedisAddress?>("--redis") { HelpName = "HOST:PORT" }.NotEmpty("an address");
        string variable = OptionExtensions.VariableOf(option.Name);
        option.Description = $"{description} {Give}. May be given as {variable}, which other users of the machine cannot see.";
        option.CustomParser = result => Read(result, result.Tokens[^1].Value);
        option.DefaultValueFactory = result =>
            OptionExtensions.FromEnvironment(option.Name) is { } text ? Read(result, text) : null;
        return option;
    }

    /// <summary>How it is connected to; a copy for each who asks.</summary>
    public ConfigurationOptions Options() => _options.Clone();

    /// <summary>As StackExchange.Redis writes it, without its password.</summary>
    public override string ToString() => _options.ToString(includePassword: false);

    private static RedisAddress? Read(ArgumentResult result, string text)
    {
        try
        {
            return Parse(text);
        }
        catch (UsageException e)
        {
            result.AddError(e.Message);
            return null;
        }
    }

    private static ConfigurationOptions OfOptions(string text)
    {
        var options = ConfigurationOptions.Parse(text);
        if (options.EndPoints.Count == 0)
            throw new FormatException("There is no host in it.");
        // Taken for a part of the host it would be shown.
        if (text.Split(',').Any(part => part.Contains('@', StringComparison.Ordinal) && !part.Contains('=', StringComparison.Ordinal)))
            throw new FormatException("A user and a password before the host are written as redis://USER:PASSWORD@HOST:PORT.");
        return options;
    }

    private static ConfigurationOptions OfUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0)
            throw new FormatException("It is no URL of a Redis.");
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new FormatException("What follows '?' or '#' in a URL is not understood.");
        var options = new ConfigurationOptions();
        if (url.Scheme == "rediss")
            (options.Ssl, options.SslHost) = (true, url.IdnHost);
        options.EndPoints.Add(url.IdnHost, url.IsDefaultPort ? 6379 : url.Port);
        string[] user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            options.User = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2)
            options.Password = Uri.UnescapeDataString(user[1]);
        if (url.AbsolutePath.Trim('/') is { Length: > 0 } database)
            options.DefaultDatabase = int.Parse(database, NumberStyles.None, CultureInfo.InvariantCulture);
        return options;
    }
}
